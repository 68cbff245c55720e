"""Which boot of which machine this process belongs to: two ends of one boot share a clock."""

import time
from pathlib import Path


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        # Without a boot id no two ends share a monotonic clock.
        return f"unknown-{time.monotonic_ns()}"


BOOT = _boot_id()
