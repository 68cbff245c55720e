"""Reads Kubernetes' quantities: `250m` of a core, `64Mi` of memory."""

import re
from collections.abc import Mapping
from typing import Final

_QUANTITY: Final = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i)?")
_TIMES: Final[Mapping[str, float]] = {
    "": 1.0,
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    **{unit: 1e3**power for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": 1024.0**power for power, unit in enumerate("KMGTPE", start=1)},
}


def amount(text: str) -> float:
    """Return a quantity in its unit, cores or bytes; raise ValueError for what is none.

    Source: kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a quantity as 250m or 64Mi; seen: {text!r}")
    return float(match[1]) * _TIMES[match[2] or ""]
