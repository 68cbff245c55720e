"""Values as TOML has them, in one line."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def key(name: str) -> str:
    """Return a name as a key, quoted where it must be."""
    return name if _BARE.fullmatch(name) else inline(name)


def inline(value: Any) -> str:  # noqa: ANN401 -- any JSON
    """Return a value in TOML: numbers and lists are JSON's, and there is no null, which goes."""
    if isinstance(value, Mapping):
        held = {name: one for name, one in value.items() if one is not None}
        return f"{{ {', '.join(f'{key(name)} = {inline(one)}' for name, one in held.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(inline(one) for one in value if one is not None)}]"
    if isinstance(value, float):
        return repr(value)  # `nan` and `inf` as TOML has them
    # JSON would write a sign beyond the first 65,536 as two halves, and leaves DEL as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
