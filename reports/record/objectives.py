"""Service level objectives (SLOs) of a load run, as frozen data: what was asked of its figures."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

FigureName = Literal["p50", "p90", "p99", "p99_9", "failed", "throughput"]


class Objective(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure of a scenario, and the limit on whose good side it has to be.

    Percentiles are response times in ms, below the limit, of one `call` or (empty) of all; `failed`
    is the share of the requests that were not answered well, below it; `throughput` is what is
    carried, in requests answered well a second, above it.
    """

    scenario: str
    call: str = ""
    figure: FigureName
    limit: Annotated[float, Meta(gt=0)]

    @property
    def text(self) -> str:
        """Return it as a person writes it: "p99 < 50 ms", "list goods: failed < 0.1 %"."""
        of = f"{self.call}: " if self.call else ""
        if self.figure == "throughput":
            return f"{of}throughput > {self.limit:g}/s"
        limit = f"{self.limit * 100:g} %" if self.figure == "failed" else f"{self.limit:g} ms"
        return f"{of}{self.figure.replace('_', '.')} < {limit}"
