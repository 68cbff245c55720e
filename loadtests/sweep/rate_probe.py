"""Offers a rate to the stack that runs, in a load process of its own, and says what came of it."""

from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from loadtests.plan.arrivals import parse
from loadtests.plan.plan import Plan, Results, Timing
from loadtests.plan.seeds import derived
from loadtests.sweep.cpu_pinning import on_cores
from loadtests.sweep.load_process import LoadFailedError, generate
from loadtests.sweep.nodes import placed, whereabouts_of
from loadtests.sweep.phase_records import phase
from loadtests.sweep.progress import Display
from loadtests.sweep.trial import RunPlan, bare_plan, results_of
from loadtests.sweep.usage.usage_sampler import UsageSampler
from loadtests.sweep.usage.usage_timeline import observed
from reports.record.measurements import Phase, Unmeasured
from testcontainers_fixtures.part_usage import usage_by_part
from testcontainers_fixtures.stack import Stack

LEAST_S: Final = 3.0
MOST_S: Final = 30.0
WARM_UP_S: Final = 1.5
# Of Poisson arrivals fewer than planned may come: a p99 needs 459 of them.
_SAMPLES: Final = 520
# Of fewer requests a second no p99 is known, however long they may be offered.
LEAST_PER_S: Final = _SAMPLES / MOST_S
# What starting a load process and draining it take beside.
_BESIDE_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RateProber:
    """Offers rates to one stack; every offer has arrivals of its own.

    `unmeasured` takes what was not measured since a load process died.
    """

    run_plan: RunPlan
    stack: Stack
    display: Display
    unmeasured: list[Unmeasured] = field(default_factory=list)

    def offer(
        self, scenario: str, name: str, rate_per_s: float, number: int, *, least_s: float = LEAST_S
    ) -> Phase:
        """Return the open phase at a rate; raise LoadFailedError where nothing was measured.

        It is long enough for a p99 where the rate allows it. `name` is its folder's. What the parts
        use is watched, so that it shows when something else had the machine.
        """
        plan = self._plan(scenario, f"{name}-{number + 1}", number)
        open_s = open_length_s(rate_per_s, least_s)
        timing = Timing(warm_up_s=WARM_UP_S, open_s=open_s, open_most_s=open_s)
        pinned = self.run_plan.placement.generator if self.run_plan.placement else None
        observer = UsageSampler(lambda: usage_by_part(self.stack))
        self.display.watching(observer.readings)
        with observer, on_cores(pinned):
            results = self._results(
                replace(plan, open_per_s=rate_per_s, timing=timing),
                f"{scenario} at {rate_per_s:g} requests/s",
            )
        if observer.failure:
            self.display.note(observer.failure)
        if results.open is None:
            raise ValueError("A plan for an open phase alone came back without one.")
        seen = observed(phase(results.open, plan.rpc_metric), results.open, observer.readings)
        return placed(seen, whereabouts_of(self.stack))

    def _results(self, plan: Plan, subject: str) -> Results:
        try:
            return generate(plan, self.display.show)
        except LoadFailedError as error:
            self.unmeasured.append(Unmeasured(subject=subject, sentence=str(error)))
            raise

    def _plan(self, scenario: str, name: str, number: int) -> Plan:
        run_plan = self.run_plan
        plan = bare_plan(
            host=self.stack.gateway,
            calls=run_plan.scenarios[scenario],
            seed=derived(run_plan.seed, number + 1),
            results=results_of(run_plan.run_folder, name),
            telemetry=run_plan.spec.telemetry,
            login=run_plan.login,
            logs_requests=run_plan.figures_out.need_requests,
            data=run_plan.data.get(scenario),
        )
        # Arrivals that bring their own rates cannot be offered at another.
        arrivals = "poisson" if parse(run_plan.arrivals).shaped else run_plan.arrivals
        return replace(
            plan, arrivals=arrivals, processes=run_plan.processes, workers=run_plan.workers
        )


def open_length_s(rate_per_s: float, least_s: float = LEAST_S) -> float:
    """Return how long a rate is offered, so that its p99 has samples."""
    return min(MOST_S, max(least_s, _SAMPLES / rate_per_s))


def probe_length_s(rate_per_s: float, least_s: float = LEAST_S) -> float:
    """Return about how long a probe takes, start and drain included."""
    return _BESIDE_S + WARM_UP_S + open_length_s(rate_per_s, least_s)
