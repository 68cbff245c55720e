"""Which of the names that are known somebody may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str]) -> str:
    """Return " (did you mean `NAME`?)" with the nearest known name; "" where none is near."""
    found = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f" (did you mean `{found[0]}`?)" if found else ""
