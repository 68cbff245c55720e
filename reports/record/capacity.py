"""What a model of capacity predicts, and what came of asking it: plain data in a run record.

Capacity -> Demand, Visits, Prediction -> Estimate, Forecast
Question -> SizingAnswer -> SizingTrial
"""

from collections.abc import Iterable
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from reports.record.measurements import Amount, Count, Positive, Reasoned, Share

# The resource that all parts share, as a bound names it.
MACHINE: Final = "the machine's CPU"
MeasuredVerdict = Literal["pass", "fail", "unknown"]
"""What a measurement comes to. None is not applicable: what does not apply is not measured."""


class Estimate(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A predicted figure with its 95 % prediction interval, in the figure's own unit.

    `sure` is the bound that the figure keeps with 80 %: from below for a rate, from above for a
    latency. All are null, with a reason, where the data support no such figure.
    """

    value: Amount | None
    low: Amount | None
    high: Amount | None
    sure: Amount | None


class Demand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """CPU time in ms that a request takes of a part (service demand), at the most it carried."""

    part: str
    cpu_ms: Amount


class Visits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of several kinds of resolver: the share of the requests that visit it, and a visit in ms.

    `cpu_ms` is its CPU time, `hold_ms` what it keeps a call besides; `turns` is how many calls a
    copy takes at a time, as it was seen, 0 where no bound was.
    """

    part: str
    share: Share
    cpu_ms: Amount
    hold_ms: Amount = 0.0
    turns: Count = 0


class Bound(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most requests a second that a resource allows, by the utilisation law."""

    resource: str
    most_per_s: Amount


class Forecast(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The response time's p99 in ms at one rate."""

    rate_per_s: Amount
    p99_ms: Estimate


class Prediction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one configuration should do; `measured` when its own run is part of the model.

    `of_parts` has the copies of resolvers that are told one by one.
    """

    resolvers: Positive
    service_workers: Positive
    gateway_workers: Positive
    prefetch: Positive
    of_parts: dict[str, Positive] = {}
    cost: Amount
    measured: bool
    carries_per_s: Estimate
    bounds: tuple[Bound, ...]
    forecasts: tuple[Forecast, ...]


class Scaling(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The Universal Scalability Law along one axis, or the reason why there is none (`most_at`).

    X(n) = slope_per_s n / (1 + contention (n - 1) + coherency n (n - 1)), Gunther, 2007; each
    parameter with its 95 % interval. `most_at` is the n of its highest X, null where it has none.
    """

    axis: str
    levels: Count
    slope_per_s: Estimate | None
    contention: Estimate | None
    coherency: Estimate | None
    most_at: Amount | None


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was asked: a rate within an SLO, and how many parts may be lost meanwhile."""

    rate_per_s: Amount
    slo_p99_ms: Amount
    spare: Count = 0


class SizingTrial(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A configuration that was run at the rate: what was predicted, and what was measured.

    `lost` names the part that one copy less of was run, empty where the whole was.
    """

    configuration: str
    lost: str = ""
    foretold_ms: Estimate
    measured_ms: Amount | None
    achieved_per_s: Amount
    samples: Count
    verdict: MeasuredVerdict
    sentence: str


class SizingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer: the cheapest configuration that holds, what binds it, and the room it leaves.

    `headroom_share` is by how much the rate may grow before the model says that it holds no longer.
    """

    question: Question
    verdict: MeasuredVerdict
    sentence: str
    chosen: Prediction | None = None
    binding: str = ""
    headroom_share: Annotated[float, Meta(ge=0)] | None = None
    trials: tuple[SizingTrial, ...] = ()


class Capacity(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The model of one scenario: what it rests on, what it predicts, and what was asked of it.

    Where the data support no model, `outlooks` is null with the reason. `visits` tells of each kind
    of resolver, where there are several. `unmeasured` are the parts whose CPU time is not known, so
    that nothing here counts on them. `merged` says why several nodes count as one machine.
    """

    scenario: str
    bound_by: str = ""
    dispatch: str = ""
    demands: tuple[Demand, ...] = ()
    visits: tuple[Visits, ...] = ()
    unmeasured: tuple[str, ...] = ()
    merged: str = ""
    outlooks: tuple[Prediction, ...] | None = ()
    scalings: tuple[Scaling, ...] = ()
    answer: SizingAnswer | None = None


class Probe(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rate of a search for the most that keeps an SLO."""

    rate_per_s: Amount
    achieved_per_s: Amount
    samples: Count
    failed: Count
    p50_ms: Amount | None
    p99_ms: Amount | None
    verdict: MeasuredVerdict
    sentence: str
    confirms: bool = False


class RateSearch(Reasoned, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most requests a second at which p99 stayed within an SLO, and every rate tried for it.

    `complete` is false where the run's budget ended the search, or its workers did not come.
    """

    scenario: str
    configuration: str
    slo_p99_ms: Amount
    most_per_s: Amount | None
    probes: tuple[Probe, ...]
    complete: bool = True

    @property
    def shows_none(self) -> bool:
        """Tell whether it was seen that no rate holds: the lowest failed, and so did the last."""
        if not self.complete or not self.probes or self.probes[-1].verdict != "fail":
            return False
        return min(self._settled, key=lambda one: one.rate_per_s).verdict == "fail"

    @property
    def void_above(self) -> Probe | None:
        """Return the next rate above the one kept, where what was seen there says nothing."""
        above = [one for one in self._settled if one.rate_per_s > (self.most_per_s or 0.0)]
        nearest = min(above, key=lambda one: one.rate_per_s, default=None)
        return nearest if nearest and nearest.verdict == "unknown" else None

    @property
    def _settled(self) -> Iterable[Probe]:
        """Return the last probe of each rate: one that said nothing is made once more."""
        return {one.rate_per_s: one for one in self.probes}.values()


def no_estimate(reason: str) -> Estimate:
    """Return an estimate that the data do not support, and why."""
    names = ("value", "low", "high", "sure")
    return Estimate(
        value=None, low=None, high=None, sure=None, reasons=dict.fromkeys(names, reason)
    )
