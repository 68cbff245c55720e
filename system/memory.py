"""What a process holds when it is up stays: the garbage collector need not look at it again."""

import gc


def settle() -> None:
    """Take everything that was made so far out of the garbage collector's rounds.

    A full round over a service's 100,000 objects stops its event loop for 20 to 50 ms, in the
    middle of calls; over those that calls have made since, for less than one.
    """
    gc.collect()
    gc.freeze()
