"""Whether a run asks how many are needed, and what it is held to then."""

from collections.abc import Iterator, Mapping

from loadtests.command.options import RunOptions
from reports.record.capacity import Question
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import StackSpec


def question_of(asked: RunOptions) -> Question | None:
    """Return what is asked of the model; None where nothing is."""
    if asked.slo_p99_ms and not (asked.target_rate_per_s or asked.search_rate):
        raise SpecError(
            "--slo-p99-ms says what --target-rate or --search-rate must keep; give one of them, or "
            f"hold the whole run to it: --slo 'p99<{asked.slo_p99_ms:g}ms'."
        )
    needy = {"--target-rate": asked.target_rate_per_s, "--search-rate": asked.search_rate}
    for option, given in needy.items():
        if given and asked.slo_p99_ms is None:
            raise SpecError(f"{option} needs --slo-p99-ms: without one every rate holds.")
    if asked.target_rate_per_s is None or asked.slo_p99_ms is None:
        lonely: dict[str, object] = {"--spare": asked.spare, "--cost": asked.cost}
        for option, value in lonely.items():
            if value:
                raise SpecError(f"{option} belongs to --target-rate, which was not given.")
        return None
    if asked.slo:
        raise SpecError(
            "--slo is about every configuration, --target-rate about the one it finds: that is "
            "held to --slo-p99-ms; leave --slo out."
        )
    if asked.search or asked.search_rate or asked.quick:
        raise SpecError(
            "--target-rate chooses itself what to measure; leave --search, --search-rate and "
            "--quick out."
        )
    return Question(
        rate_per_s=asked.target_rate_per_s, slo_p99_ms=asked.slo_p99_ms, spare=asked.spare
    )


def not_held(spec: StackSpec, mixes: Mapping[str, object]) -> Iterator[str]:
    """Tell that a run which asks how many are needed is held to that question alone."""
    if any(spec.scenarios[name].slo for name in mixes):
        yield (
            "The stack file's SLOs are not judged: the configurations that --target-rate has "
            "measured are those that its model needs."
        )
