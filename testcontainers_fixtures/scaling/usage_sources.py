"""Chooses who tells what parts use: what `usage` of [attach] names."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from testcontainers_fixtures.scaling import kubectl_top, prometheus_usage
from testcontainers_fixtures.scaling.command_runs import CommandRuns
from testcontainers_fixtures.scaling.kubectl_top import KubectlTop
from testcontainers_fixtures.scaling.polled_usage import PolledUsage, UsageSource
from testcontainers_fixtures.scaling.prometheus_usage import PrometheusUsage
from testcontainers_fixtures.scaling.workload_kinds import bare_name
from testcontainers_fixtures.stack_file.attach_spec import Attach


def usage_source(
    attach: Attach,
    parts: Iterable[str],
    runs: CommandRuns,
    pods: Callable[[], Mapping[str, Iterable[str]]],
) -> UsageSource | None:
    """Return who tells, None where the file names nobody; raise MissingNeedError without one."""
    if attach.usage is None:
        return None
    if attach.usage == "kubernetes":
        top = KubectlTop(attach, runs, pods)
        return PolledUsage(top, where=top.where, every_s=kubectl_top.EVERY_S)
    if prometheus_usage.is_prometheus(attach.usage):
        asked = PrometheusUsage.of(attach.usage, _names(attach, list(parts)))
        return PolledUsage(asked, where=asked.where, every_s=prometheus_usage.EVERY_S)
    from testcontainers_fixtures.scaling.swarm_usage import SwarmUsage  # noqa: PLC0415 -- Docker's client takes long to import

    return SwarmUsage.of(attach)


def _names(attach: Attach, parts: Sequence[str]) -> dict[str, str]:
    """Return the parts by what a label may say: what they are called there, or else here."""
    called = {part: attach.called(part) for part in parts}
    bare = {bare_name(name): part for part, name in called.items()}
    return {part: part for part in parts} | bare | {name: part for part, name in called.items()}
