"""Writes SVG elements as escaped markup that takes its colours from the page's style sheet.

Why no charting library: a page holds some twenty pictures in 300 KB, follows the reader's light or
dark theme by CSS variables, runs no script and reads aloud. pygal spends 16 KB, a script tag and a
style sheet on each chart; leather writes its colours and fonts into every element; neither draws a
heat map or a percentile axis. What is left to write is this builder and the pictures themselves.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from markupsafe import Markup, escape

from reports.record.number_formats import visible

WIDTH = 360.0
"""Width of every picture in its own units, which are about pixels on a telephone."""

LETTER = 6.6
"""About how wide a letter is: what leaves room for a label."""


def tag(name: str, *children: Markup | str, **attributes: str | float | None) -> Markup:
    """Return one element; `class_` is class, `font_size` is font-size, None leaves one out."""
    written = Markup().join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup().join(map(_shown, children))
    shape = "<{0}{1}>{2}</{0}>" if children else "<{0}{1}/>"
    return Markup(shape).format(Markup(name), written, inner)  # noqa: S704 -- our names


def picture(height: float, title: str, description: str, *children: Markup) -> Markup:
    """Return a whole picture: scalable, named and described for those who cannot see it."""
    return tag(
        "svg",
        tag("title", title),
        tag("desc", description),
        *children,
        viewBox=f"0 0 {WIDTH:g} {height:g}",
        role="img",
    )


def text(x: float, y: float, content: str, class_: str = "", anchor: str = "start") -> Markup:
    """Return a line of text, at whole units; `anchor` is start, middle or end."""
    return tag(
        "text",
        content,
        x=round(x),
        y=round(y),
        class_=class_ or None,
        text_anchor=anchor if anchor != "start" else None,
    )


def upright(x: float, y: float, content: str, class_: str) -> Markup:
    """Return a line of text that reads upwards, centred on a place."""
    turn = f"translate({_value(x)} {_value(y)}) rotate(-90)"
    return tag("text", content, class_=class_, text_anchor="middle", transform=turn)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """Return a straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def group(texts: Iterable[Markup], class_: str, anchor: str = "start") -> Markup:
    """Return lines of text that look alike: what they share is written once."""
    return tag("g", *texts, class_=class_, text_anchor=anchor if anchor != "start" else None)


def grid(steps: Iterable[str]) -> Markup:
    """Return the grid's lines, each as the steps of a path, as one element."""
    return tag("path", d="".join(steps), class_="grid")


def across(x1: float, x2: float, y: float) -> str:
    """Return the steps of a level line."""
    return f"M{_value(x1)} {_value(y)}H{_value(x2)}"


def down(x: float, y1: float, y2: float) -> str:
    """Return the steps of an upright line."""
    return f"M{_value(x)} {_value(y1)}V{_value(y2)}"


def path(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """Return a line through points: the first in its place, each later one from the one before."""
    tenths = [(round(10 * x), round(10 * y)) for x, y in points]
    steps = [
        length
        for (x1, y1), (x2, y2) in pairwise(tenths)
        for length in (_step(x2 - x1), _step(y2 - y1))
    ]
    x, y = (f"{place / 10:g}" for place in tenths[0])
    # A minus sign parts two figures as well as a space does.
    rest = f"l{' '.join(steps)}".replace(" -", "-") if steps else ""
    return tag("path", d=f"M{x} {y}{rest}", class_=class_)


def _step(tenths: int) -> str:
    return f"{tenths / 10:g}".replace("0.", ".") if abs(tenths) < 10 else f"{tenths / 10:g}"  # noqa: PLR2004 -- under one unit


def _shown(child: Markup | str) -> Markup:
    return child if isinstance(child, Markup) else escape(visible(child))


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 1):g}"
