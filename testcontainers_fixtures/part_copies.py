"""How many copies of which part, as command lines say it: `--copies tags=1,2 --copies users=3`."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.nearest import meant
from testcontainers_fixtures.stack_spec import Part

MOST_COPIES: Final = 64
SCALED: Final = frozenset({"resolver", "stub"})
_PART: Final = r"([a-z][a-z0-9_-]*)=([0-9]+(?:,[0-9]+)*)"
_ALL: Final = re.compile(f"{_PART}(?:,{_PART})*")


def part_copies(texts: Iterable[str], parts: Mapping[str, Part]) -> dict[str, tuple[int, ...]]:
    """Return the numbers of copies of each part that is named, sorted, each once.

    Raises SpecError for what cannot be read, for a part that is not there, and for one that has
    workers instead of copies.
    """
    found: dict[str, tuple[int, ...]] = {}
    for text in texts:
        if not _ALL.fullmatch(text):
            raise SpecError(
                f"--copies takes parts with numbers, such as tags=1,2 or tags=2,users=1; got"
                f" {text!r}."
            )
        for one in re.finditer(_PART, text):
            name, numbers = one[1], {int(number) for number in one[2].split(",")}
            _require_scaled(name, parts)
            if not 1 <= min(numbers) <= max(numbers) <= MOST_COPIES:
                raise SpecError(f"--copies takes numbers from 1 to {MOST_COPIES}; got {one[0]!r}.")
            found[name] = tuple(sorted(numbers | set(found.get(name, ()))))
    return dict(sorted(found.items()))


def _require_scaled(name: str, parts: Mapping[str, Part]) -> None:
    known = [one for one, part in parts.items() if part.role in SCALED]
    if name in known:
        return
    if name in parts:
        raise SpecError(
            f"--copies {name}=...: that part is a {parts[name].role}, of which there is one; "
            f"copies are for resolvers and stubs, here {', '.join(known) or 'none'}."
        )
    raise SpecError(
        f"--copies names {name!r}, which is no part here{meant(name, known)}; with copies are: "
        f"{', '.join(known) or 'none'}."
    )
