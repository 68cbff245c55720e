"""One configuration with its phases, all repetitions taken together: what a table row shows."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from reports.judgement.pooling import PhaseName, missing_reason, pooled
from reports.record import number_formats
from reports.record.measurements import Configuration, Latency, Phase

TARGET = "target"
# Of what is told where no page is: rates per second, latencies in ms.
COLUMNS: Final = ("max rate", "at common rate", "HTTP p50", "p99", "RPC p50", "p99", "host CPU")


class ConfigurationRow(Struct, frozen=True, kw_only=True):
    """One configuration; a phase that was not measured is None, with its reason in `missing`."""

    configuration: Configuration
    label: str
    closed: Phase | None
    open: Phase | None
    common: Phase | None
    missing: dict[str, str]

    @property
    def phases(self) -> dict[str, Phase]:
        """Return the phases that were measured, by the name a reader sees."""
        named = {
            "closed loop": self.closed,
            "its own rate" if self.label == TARGET else "70 % of own maximum": self.open,
            "common rate": self.common,
        }
        return {name: phase for name, phase in named.items() if phase}

    @property
    def planned(self) -> Phase | None:
        """Return the phase at the common rate, or at the only rate there was."""
        return self.common or self.open


def row(configuration: Configuration, *, target: str = "") -> ConfigurationRow:
    """Return a configuration's row; nothing is known of how a target is made up."""
    closed = pooled(configuration, "closed")
    at_own_rate = pooled(configuration, "open")
    common = pooled(configuration, "common")
    measured = {"closed": closed, "open": at_own_rate, "common": common}
    return ConfigurationRow(
        configuration=configuration,
        label=TARGET if target else configuration.label,
        closed=closed,
        open=at_own_rate,
        common=common,
        missing={
            name: missing_reason(configuration, name)
            for name in ("closed", "open", "common")
            if measured[name] is None
        },
    )


def cells(one: Configuration, at: PhaseName = "common") -> tuple[str, ...]:
    """Return a configuration's figures under COLUMNS; `at` names the open phase that is shown."""
    closed, opened = pooled(one, "closed"), pooled(one, at)
    return (
        number_formats.rate(closed.throughput_per_s if closed else None),
        number_formats.rate(opened.offered_per_s if opened else None),
        *_latencies(opened.latency_ms if opened else None),
        *_latencies(opened.rpc_ms if opened else None),
        number_formats.percent(opened.host_cpu if opened else None),
    )


def _latencies(latency: Latency | None) -> tuple[str, str]:
    if latency is None:
        return number_formats.NONE, number_formats.NONE
    return number_formats.ms(latency.p50), number_formats.ms(latency.p99)


def errors(rows: Iterable[ConfigurationRow]) -> list[tuple[str, int]]:
    """Return how often each reason was given over all judged phases, the most frequent first."""
    total: dict[str, int] = {}
    for one in rows:
        for phase in one.phases.values():
            for reason, count in phase.errors.items():
                total[reason] = total.get(reason, 0) + count
    return sorted(total.items(), key=lambda item: -item[1])
