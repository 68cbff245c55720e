"""Names a configuration in words: what is always told, and what else varies among several."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

ALWAYS: Final = {"resolvers": "resolver", "service_workers": "worker"}
WHERE_IT_VARIES: Final = {"gateway_workers": "gateway worker"}


class ConfigurationKey(Protocol):
    """What a configuration is named by."""

    @property
    def resolvers(self) -> int:
        """Return how many resolvers there are."""

    @property
    def service_workers(self) -> int:
        """Return how many workers each service has."""

    @property
    def gateway_workers(self) -> int:
        """Return how many workers the gateway has."""

    @property
    def prefetch(self) -> int:
        """Return how many calls a resolver takes at a time."""


def named(one: ConfigurationKey, among: Sequence[ConfigurationKey] = ()) -> str:
    """Return '1 resolver, 2 workers', with gateway workers and prefetch where they vary."""
    told = ALWAYS | {f: noun for f, noun in WHERE_IT_VARIES.items() if _varies(among, f)}
    words = [_plural(getattr(one, field), noun) for field, noun in told.items()]
    prefetch = [_prefetch(one)] if _varies(among, "prefetch") else []
    return ", ".join([*words, *prefetch, *_of_parts(one)])


def alike(among: Sequence[ConfigurationKey]) -> str:
    """Return what names leave out because all have the same: '1 gateway worker and prefetch 32'."""
    if not among:
        return ""
    shared = {f: noun for f, noun in WHERE_IT_VARIES.items() if not _varies(among, f)}
    words = [_plural(getattr(among[0], field), noun) for field, noun in shared.items()]
    return " and ".join([*words, *([] if _varies(among, "prefetch") else [_prefetch(among[0])])])


def _varies(among: Sequence[ConfigurationKey], field: str) -> bool:
    return len({getattr(one, field) for one in among}) > 1


def _of_parts(one: ConfigurationKey) -> list[str]:
    """Return '2 x users' for each part whose copies are told by themselves."""
    told: Mapping[str, int] = dict(getattr(one, "of_parts", {}))
    return [f"{copies} x {name}" for name, copies in told.items()]


def _prefetch(one: ConfigurationKey) -> str:
    return f"prefetch {one.prefetch}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}"
