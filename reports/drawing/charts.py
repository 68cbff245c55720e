"""Draws amounts: bars, a heat map, and how shares are spread."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from msgspec import Struct

from reports.drawing.scales import Scale, linear, round_ticks
from reports.drawing.svg import LETTER, WIDTH, line, picture, tag, text, upright
from reports.record import number_formats

ROW = 26.0
LABEL_WIDTH = 60.0
SPREAD_ROW = 42.0
# Ink on the darkest field keeps a contrast above 4.5 in both themes.
DARKEST = 0.45


class Bar(Struct, frozen=True, kw_only=True):
    """One bar: its label, its length (None: not measured) and what is written at its end."""

    label: str
    value: float | None
    text: str


class HeatMapCell(Struct, frozen=True, kw_only=True):
    """One field of a heat map: where it stands, its figure (None: not enough) and its text."""

    column: int
    row: int
    value: float | None
    text: str


class ShareBar(Struct, frozen=True, kw_only=True):
    """How one whole (1.0) is shared out; an uneven one is marked."""

    label: str
    shares: Sequence[float]
    text: str
    uneven: bool


class Grid(Struct, frozen=True, kw_only=True):
    """Where the fields of a heat map stand."""

    columns: list[int]
    rows: list[int]
    left: float = 58.0
    top: float = 36.0
    height: float = 46.0

    @property
    def width(self) -> float:
        """Return a field's width: a few fields are not blown up to fill the picture."""
        return min((WIDTH - self.left) / len(self.columns), 150.0)

    @property
    def bottom(self) -> float:
        """Return where the fields end, or the upright name of the rows if that is longer."""
        return self.top + max(self.height * len(self.rows), 96.0)

    def corner(self, cell: HeatMapCell) -> tuple[float, float]:
        """Return a field's upper left corner."""
        x = self.left + self.width * self.columns.index(cell.column)
        return x, self.top + self.height * self.rows.index(cell.row)


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """Draw horizontal bars from zero, one below the other, each with its figure."""
    ticks = round_ticks(max((row.value or 0 for row in rows), default=0), most=4)
    left = max(LABEL_WIDTH, LETTER * max((len(row.label) for row in rows), default=0) + 12)
    place = linear(0, ticks[-1], left, WIDTH - 44)
    bottom = ROW * len(rows) + 6
    grid = [line(place(tick), 2, place(tick), bottom, "grid") for tick in ticks]
    axis = [
        text(place(tick), bottom + 14, number_formats.tick(tick), "tick", "middle")
        for tick in ticks
    ]
    drawn = [part for index, row in enumerate(rows) for part in _bar(row, index * ROW + 6, place)]
    said = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return picture(bottom + 20, title, said, *grid, *axis, *drawn)


def heat_map(title: str, cells: Sequence[HeatMapCell], *, columns: str, rows: str) -> Markup:
    """Draw a grid whose fields darken with their figure, which is written in each field.

    Shades count from zero: stretched between the extremes, noise of 3 % would look like a slope.
    """
    grid = Grid(
        columns=sorted({cell.column for cell in cells}), rows=sorted({cell.row for cell in cells})
    )
    highest = max((cell.value for cell in cells if cell.value is not None), default=0.0)
    shade = linear(0, highest, 0, DARKEST)
    drawn = [part for cell in cells for part in _field(grid, cell, shade)]
    said = "; ".join(f"{cell.column} {columns}, {cell.row} {rows}: {cell.text}" for cell in cells)
    return picture(grid.bottom + 4, title, said, *_frame(grid, columns, rows), *drawn)


def spreads(title: str, rows: Sequence[ShareBar]) -> Markup:
    """Draw each whole as one bar cut into its shares, the largest first."""
    place = linear(0, 1, 0, WIDTH)
    drawn = [
        part for index, row in enumerate(rows) for part in _spread(row, index * SPREAD_ROW, place)
    ]
    said = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return picture(SPREAD_ROW * len(rows), title, said, *drawn)


def _bar(row: Bar, y: float, place: Scale) -> Iterator[Markup]:
    start, end = place(0), place(row.value or 0)
    yield text(start - 8, y + 14, row.label, "label", "end")
    yield tag("rect", x=start, y=y + 2, width=end - start, height=ROW - 10, class_="bar")
    yield text(end + 6, y + 14, row.text, "value")


def _frame(grid: Grid, columns: str, rows: str) -> Iterator[Markup]:
    middle = grid.left + grid.width * len(grid.columns) / 2
    yield text(middle, 12, columns, "axis", "middle")
    yield upright(12, grid.top + grid.height * len(grid.rows) / 2, rows, "axis")
    for place, column in enumerate(grid.columns):
        x = grid.left + grid.width * (place + 0.5)
        yield text(x, grid.top - 7, str(column), "label", "middle")
    for place, row in enumerate(grid.rows):
        y = grid.top + grid.height * (place + 0.5) + 4
        yield text(grid.left - 10, y, str(row), "label", "end")


def _field(grid: Grid, cell: HeatMapCell, shade: Scale) -> Iterator[Markup]:
    x, y = grid.corner(cell)
    yield tag(
        "rect",
        x=x + 1,
        y=y + 1,
        width=grid.width - 2,
        height=grid.height - 2,
        rx=3,
        class_="void" if cell.value is None else "heat",
        fill_opacity=None if cell.value is None else f"{shade(cell.value):.2f}",
    )
    class_ = "tick" if cell.value is None else "value strong"
    yield text(x + grid.width / 2, y + grid.height / 2 + 4, cell.text, class_, "middle")


def _spread(row: ShareBar, y: float, place: Scale) -> Iterator[Markup]:
    yield text(0, y + 12, row.label, "label")
    yield text(WIDTH, y + 12, row.text, "value bad" if row.uneven else "value", "end")
    start = 0.0
    for index, share in enumerate(sorted(row.shares, reverse=True)):
        yield tag(
            "rect",
            x=place(start),
            y=y + 19,
            width=max(place(share) - 1.5, 0.5),
            height=12,
            rx=1.5,
            class_="share uneven" if row.uneven and index == 0 else "share",
        )
        start += share
