"""Which options do not go together: each is refused in one sentence, before anything is started."""

from collections.abc import Collection
from dataclasses import fields
from typing import Final

from loadtests.command.options import RunOptions
from testcontainers_fixtures.command_options import default_of, option_of
from testcontainers_fixtures.errors import SpecError

# Fields of RunOptions, in the order in which they are refused.
OF_A_TARGET: Final = ("requests", "headers", "login", "requests_file", "rate_per_s")
OF_A_STACK: Final = (
    *("resolvers", "workers", "copies", "gateway_workers", "prefetch", "scenarios", "engine"),
    *("repetitions", "until_ci", "pin", "quick"),
    *("target_rate_per_s", "search", "search_rate", "slo_p99_ms", "budget", "baseline"),
)
OF_A_BASELINE: Final = (
    *("resolvers", "workers", "copies", "gateway_workers", "prefetch"),
    *("duration_s", "seed", "quick", "search", "search_rate", "target_rate_per_s"),
)


def refuse(given: RunOptions, names: Collection[str], why: str) -> None:
    """Raise SpecError for the first of these options that was given something but its default."""
    usual = {field.name: default_of(field) for field in fields(given)}
    for name in names:
        if getattr(given, name) != usual[name]:
            raise SpecError(f"{option_of(RunOptions, name)} {why}")
