"""Which keys of a compose service mean something here, which do not, and which cannot be had."""

from collections.abc import Mapping
from typing import Any, Final

from testcontainers_fixtures.stack_file.nearest import meant

TAKEN: Final = frozenset({
    "build", "cap_add", "cap_drop", "command", "configs", "container_name", "cpus", "depends_on",
    "deploy", "entrypoint", "env_file", "environment", "expose", "extra_hosts", "healthcheck",
    "hostname", "image", "init", "mem_limit", "networks", "ports", "profiles", "read_only",
    "secrets", "shm_size", "stop_grace_period", "stop_signal", "tmpfs", "user", "volumes",
    "working_dir",
})  # fmt: skip
# They say nothing of how a service answers, so nobody is told.
PASSED_OVER: Final = frozenset({"annotations", "attach", "develop", "labels", "label_file"})
# The service runs without; that is told.
LEFT_OUT: Final = frozenset({
    "blkio_config", "cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_rt_period",
    "cpu_rt_runtime", "cpu_shares", "cpuset", "dns", "dns_opt", "dns_search", "domainname",
    "group_add", "links", "logging", "mac_address", "mem_reservation", "mem_swappiness",
    "memswap_limit", "oom_kill_disable", "oom_score_adj", "pids_limit", "platform", "post_start",
    "pre_stop", "pull_policy", "pull_refresh_after", "restart", "scale", "security_opt",
    "stdin_open", "storage_opt", "sysctls", "tty", "ulimits",
})  # fmt: skip
# Without it, it would not be that service: what is told is how to go on.
REFUSED: Final = frozenset({
    "cgroup", "cgroup_parent", "credential_spec", "device_cgroup_rules", "devices",
    "external_links", "gpus", "ipc", "isolation", "models", "network_mode", "pid", "privileged",
    "provider", "runtime", "use_api_socket", "userns_mode", "uts", "volumes_from",
})  # fmt: skip
OVERRIDE_IT: Final = (
    "take it out in an override file of your own (`KEY: !reset null`), and name that behind this"
    ' one: compose = ["compose.yaml", "trial.yaml"]'
)
_USUAL: Final = {"network_mode": {"bridge", "default"}}


def require_known(name: str, service: Mapping[str, Any]) -> None:
    """Raise ValueError, with a sentence, for a key that there is not or that cannot be had."""
    for key, value in service.items():
        if key in REFUSED and value and value not in _USUAL.get(key, ()):
            raise ValueError(
                f"services.{name}.{key}: a stack of this harness cannot have that; {OVERRIDE_IT}"
            )
        known = TAKEN | PASSED_OVER | LEFT_OUT | REFUSED
        if key not in known and not key.startswith("x-"):
            raise ValueError(
                f"services.{name}: `{key}` is no key of a service{meant(key, sorted(known))}"
            )


def left_out(name: str, service: Mapping[str, Any]) -> list[str]:
    """Return which of a service's keys it runs without, as "orders.restart"."""
    return [f"{name}.{key}" for key, value in service.items() if key in LEFT_OUT and value]
