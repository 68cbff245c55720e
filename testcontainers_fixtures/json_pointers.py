"""Reads and writes JSON pointers (RFC 6901): where in a document something stands."""

from typing import Any


def steps(pointer: str) -> tuple[str, ...]:
    """Return the names and numbers of a pointer, from the outermost on; none of ""."""
    return tuple(map(unescaped, pointer.split("/")[1:]))


def unescaped(step: str) -> str:
    """Return the name that a step of a pointer stands for."""
    return step.replace("~1", "/").replace("~0", "~")


def escaped(name: str) -> str:
    """Return a name as it stands in a pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def looked_up(document: Any, pointer: str) -> Any:  # noqa: ANN401 -- any JSON
    """Return what stands at a pointer.

    Raises LookupError, TypeError or ValueError where nothing does.
    """
    for step in steps(pointer):
        document = document[int(step) if isinstance(document, list) else step]
    return document
