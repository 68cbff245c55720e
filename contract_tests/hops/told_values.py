"""Tells two values apart whose beginnings are alike: by their types, or from where they part."""

from typing import Final

_BEFORE: Final = 20
_SHOWN: Final = 120


def told_apart(one: object, other: object) -> tuple[str, str]:
    """Return both as text that is not the same, unless they are."""
    texts = repr(one), repr(other)
    pairs = enumerate(zip(*texts, strict=False))
    parted = next((at for at, (a, b) in pairs if a != b), min(map(len, texts)))
    start = max(0, parted - _BEFORE) if parted > _SHOWN // 2 else 0
    return _from(texts[0], start), _from(texts[1], start)


def _from(text: str, start: int) -> str:
    shown = text[start : start + _SHOWN]
    ends = "..." if len(text) > start + _SHOWN else ""
    return f"{'...' if start else ''}{shown}{ends}"
