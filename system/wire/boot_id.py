"""Which boot of which machine this process belongs to, for both ends of the wire."""

from system.boot import BOOT

__all__ = ["BOOT"]
