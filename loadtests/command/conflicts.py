"""Which options do not go together: each is refused in one sentence, before anything is started."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from testcontainers_fixtures.errors import SpecError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# An option, and the field that holds what was given for it.
Options = Mapping[str, str]

OF_A_TARGET: Final[Options] = {
    "--request": "requests",
    "--requests": "requests_file",
    "--rate": "rate_per_s",
}
OF_A_STACK: Final[Options] = {
    "--resolvers": "resolvers",
    "--workers": "workers",
    "--gateway-workers": "gateway_workers",
    "--prefetch": "prefetch",
    "--scenario": "scenarios",
    "--engine": "engine",
    "--repetitions": "repetitions",
    "--until-ci": "until_ci",
    "--pin": "pin",
    "--quick": "quick",
    "--target-rate": "target_rate_per_s",
    "--search": "search",
    "--search-rate": "search_rate",
    "--slo-p99-ms": "slo_p99_ms",
    "--budget": "budget",
    "--baseline": "baseline",
}
OF_A_BASELINE: Final[Options] = {
    "--resolvers": "resolvers",
    "--workers": "workers",
    "--gateway-workers": "gateway_workers",
    "--prefetch": "prefetch",
    "--duration": "duration_s",
    "--seed": "seed",
    "--quick": "quick",
    "--search": "search",
    "--search-rate": "search_rate",
    "--target-rate": "target_rate_per_s",
}


def refuse(asked: "DataclassInstance", options: Options, why: str) -> None:
    """Raise SpecError for the first of the options that was given something but its default."""
    usual = {field.name: field.default for field in fields(asked)}
    for option, name in options.items():
        given = getattr(asked, name)
        # Options that were read from a file hold lists where the command line makes tuples.
        if (tuple(given) if isinstance(given, list) else given) != usual[name]:
            raise SpecError(f"{option} {why}")
