"""Which options do not go together: each is refused in one sentence, before anything is started."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any, Final

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
# What a team's own users bring themselves, and what thinks in requests of calls that are known.
NOT_OF_USERS: Final = ("requests", "headers", "login", "requests_file", "scenarios")
NOT_WITH_USERS: Final = ("target_rate_per_s", "search_rate", "baseline")
OF_A_BASELINE: Final = (
    *("resolvers", "workers", "copies", "gateway_workers", "prefetch"),
    *("duration_s", "seed", "quick", "search", "search_rate", "target_rate_per_s"),
)


def without_overruled(given: RunOptions, configured: Mapping[str, Any]) -> RunOptions:
    """Return the options without those settings of the project that what was typed rules out."""
    if given.users is not None or given.target is not None:
        alien = (
            *((*NOT_OF_USERS, *NOT_WITH_USERS) if given.users is not None else ()),
            *(OF_A_STACK if given.target is not None else ()),
        )
        ruled_out = [name for name in dict.fromkeys(alien) if name in configured]
    elif "baseline" in configured and not_usual(given, OF_A_BASELINE):
        ruled_out = ["baseline"]
    else:
        return given
    usual = {field.name: default_of(field) for field in fields(given)}
    set_so: dict[str, Any] = {
        name: usual[name] for name in ruled_out if getattr(given, name) == configured[name]
    }
    return replace(given, **set_so)


def not_usual(given: RunOptions, names: Collection[str]) -> list[str]:
    """Return those of these options that have something but their default."""
    usual = {field.name: default_of(field) for field in fields(given)}
    return [name for name in names if getattr(given, name) != usual[name]]


def refuse_beside_users(given: RunOptions) -> None:
    """Raise SpecError for what does not go with a team's own users."""
    refuse(
        given, NOT_OF_USERS, "says what is sent, and so do the classes of --users; leave one out."
    )
    refuse(
        given,
        NOT_WITH_USERS,
        "is about requests a second, and how many a task of --users makes nobody knows beforehand; "
        "leave one out.",
    )


def refuse(given: RunOptions, names: Collection[str], why: str) -> None:
    """Raise SpecError for the first of these options that was given something but its default."""
    for name in not_usual(given, names):
        raise SpecError(f"{option_of(RunOptions, name)} {why}")
