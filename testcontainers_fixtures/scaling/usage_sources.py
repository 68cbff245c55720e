"""Chooses who tells what parts use: what `usage` of [attach] names."""

from collections.abc import Callable, Iterable, Mapping

from testcontainers_fixtures.scaling import kubectl_top, prometheus_usage
from testcontainers_fixtures.scaling.command_runs import CommandRuns
from testcontainers_fixtures.scaling.kubectl_top import KubectlTop
from testcontainers_fixtures.scaling.polled_usage import PolledUsage, UsageSource
from testcontainers_fixtures.scaling.prometheus_usage import PrometheusUsage
from testcontainers_fixtures.scaling.swarm_usage import SwarmUsage
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
        names = {name: part for part in parts for name in (attach.called(part), part)}
        asked = PrometheusUsage.of(attach.usage, names)
        return PolledUsage(asked, where=asked.where, every_s=prometheus_usage.EVERY_S)
    return SwarmUsage.of(attach)
