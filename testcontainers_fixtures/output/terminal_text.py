"""Text of a system, made fit for a terminal: what would steer it is written out instead."""

from typing import Final

from testcontainers_fixtures.output.workflow_commands import inert

_KEPT: Final = "\n\t\N{NO-BREAK SPACE}"


def plain_text(text: str) -> str:
    r"""Return text in which whatever does not print is written out: an escape as \x1b.

    So are controls (C0, C1, DEL), what turns the direction of writing, and lone surrogates; and
    what a CI service would take for a command.
    """
    if text.isprintable():
        return inert(text)
    return inert(
        "".join(one if one.isprintable() or one in _KEPT else ascii(one)[1:-1] for one in text)
    )
