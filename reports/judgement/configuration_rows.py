"""One configuration with its phases, all repetitions taken together: what a table row shows."""

from collections.abc import Iterable

from msgspec import Struct

from reports.judgement.pooling import missing_reason, pooled
from reports.record.measurements import Configuration, Phase

TARGET = "target"


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


def errors(rows: Iterable[ConfigurationRow]) -> list[tuple[str, int]]:
    """Return how often each reason was given over all judged phases, the most frequent first."""
    total: dict[str, int] = {}
    for one in rows:
        for phase in one.phases.values():
            for reason, count in phase.errors.items():
                total[reason] = total.get(reason, 0) + count
    return sorted(total.items(), key=lambda item: -item[1])
