"""Which kinds of workloads a part may be in Kubernetes, and which names kubectl has for them."""

from collections.abc import Mapping
from typing import Final

# kubectl api-resources: singular, plural and short name; each may have its group, and version.
NAMES: Final[Mapping[str, frozenset[str]]] = {
    "deployment": frozenset({"deployment", "deployments", "deploy"}),
    "statefulset": frozenset({"statefulset", "statefulsets", "sts"}),
}
_GROUPS: Final = frozenset({"", "apps", "v1.apps"})


def is_kind(kind: str, said: str) -> bool:
    """Tell whether a word of kubectl's means a kind; none means a deployment."""
    name, _, group = said.lower().partition(".")
    return (name or "deployment") in NAMES[kind] and group in _GROUPS


def bare_name(called: str) -> str:
    """Return the name out of NAME or KIND/NAME."""
    return called.rpartition("/")[2]
