"""Whether a broker that is asked still answers: of one that is cut off heartbeats tell in 9 s."""

import asyncio
from collections.abc import Callable
from typing import Literal

Ended = asyncio.Task[Literal[True]]
Asking = asyncio.Task[int]


async def heard(
    asking: Asking, ended: Ended, *, within_s: float, held_up: Callable[[], bool]
) -> bool:
    """Tell whether a question is answered in time, or all has ended anyway.

    The time does not run while the broker is known to read nothing (`held_up`). It is halved, and
    each half waited for: after a pause of this process the first is over at once.
    """
    silent = 0
    while not (asking.done() or ended.done()):
        if silent == 2:  # noqa: PLR2004 -- see above
            asking.cancel()
            return False
        await asyncio.wait(
            {asking, ended}, timeout=within_s / 2, return_when=asyncio.FIRST_COMPLETED
        )
        silent = 0 if held_up() else silent + 1
    return True


async def ends(ended: Ended, *, within_s: float) -> bool:
    """Wait for an end, so long and no longer; tell whether it came."""
    done, _ = await asyncio.wait({ended}, timeout=within_s)
    return bool(done)


def read(asking: "asyncio.Task[int] | asyncio.Task[None]") -> None:
    """Look at how a question ended: where nobody waits for it, its failure is no news."""
    if not asking.cancelled():
        asking.exception()
