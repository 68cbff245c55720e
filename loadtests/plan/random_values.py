"""Values that are drawn for each request, by the plan's seed.

Each costs the generator 0.4 us (one of some choices) to 3 us (a text of 20 letters): nothing of it
has to be made beforehand.
"""

import random
import string
import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from testcontainers_fixtures.stack_file.draw_spec import Draw, Drawn

Drawing = Callable[[random.Random], object]
LETTERS: Final = string.ascii_letters + string.digits
_UUID_BITS: Final = 128


def draws(asked: Mapping[str, Draw]) -> tuple[tuple[str, Drawing], ...]:
    """Return what draws a value for each name."""
    return tuple((name, _drawing(one)) for name, one in asked.items())


def _drawing(asked: Draw) -> Drawing:
    if isinstance(asked, Drawn):
        return _of_table(asked)
    if asked == "uuid":
        return _uuid
    low, high = asked
    return lambda draw: draw.randint(low, high)


def _of_table(asked: Drawn) -> Drawing:
    if asked.text:
        fewest, most = asked.text
        return lambda draw: "".join(draw.choices(LETTERS, k=draw.randint(fewest, most)))
    if asked.date:
        first, last = (one.toordinal() for one in asked.date)
        return lambda draw: date.fromordinal(draw.randint(first, last)).isoformat()
    choices = asked.choices or ()
    return lambda draw: draw.choice(choices)


def _uuid(draw: random.Random) -> str:
    return str(uuid.UUID(int=draw.getrandbits(_UUID_BITS), version=4))
