"""Values as TOML has them, in one line."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def key(name: str) -> str:
    """Return a name as a key, quoted where it must be."""
    return name if _BARE.fullmatch(name) else json.dumps(name)


def inline(value: Any) -> str:  # noqa: ANN401 -- any JSON
    """Return a value in TOML, whose texts, numbers and lists are JSON's."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key(k)} = {inline(v)}' for k, v in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return json.dumps(value)
