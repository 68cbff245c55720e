"""What a run prints of foreign text: as it is, with nothing in it that a terminal or rich obeys."""

from rich.markup import escape

from reports.record.number_formats import visible


def plain(text: str) -> str:
    """Return text for rich to print as it stands; what does not print is written out."""
    return escape(visible(text))
