"""How figures are written: three digits that matter, thousands set apart, never a bare null."""

from testcontainers_fixtures.output.workflow_commands import inert

GLUE = "\N{NO-BREAK SPACE}"
SPACES = f"\n{GLUE}"
NONE = "\N{EM DASH}"
CLIP_CHARACTERS = 2_000


def number(value: float) -> str:
    """Return a figure to about three digits: 0.84, 8.41, 84.1, 841, 1,708."""
    size = abs(value)
    decimals = 2 if size < 9.995 else 1 if size < 99.95 else 0  # noqa: PLR2004 -- as shown above
    return f"{value:,.{decimals}f}"


def tick(value: float) -> str:
    """Return a round figure beside an axis, as short as it goes: 0, 0.5, 20, 1,000."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def ms(value: float | None) -> str:
    """Return milliseconds without the unit, which stands in the head of the column."""
    return NONE if value is None else number(value)


def rate(value: float | None) -> str:
    """Return a rate per second without the unit."""
    return NONE if value is None else number(value)


def count(value: int) -> str:
    """Return a count with its thousands set apart."""
    return f"{value:,}"


def percent(share: float | None) -> str:
    """Return a share (0..1) in percent; a trace is never rounded to none, nor a rest to all."""
    if share is None:
        return NONE
    if 0 < share < 0.001:  # noqa: PLR2004 -- a tenth of a percent
        return f"< 0.1{GLUE}%"
    if 0.995 <= share < 1:  # noqa: PLR2004 -- would be rounded to all
        return f"> 99{GLUE}%"
    decimals = 0 if share >= 0.1 or share == 0 else 1  # noqa: PLR2004 -- two digits
    return f"{share * 100:.{decimals}f}{GLUE}%"


def times(ratio: float) -> str:
    """Return a ratio as a factor: '2.4 ×'."""  # noqa: RUF002 -- a multiplication sign is meant
    return f"{ratio:.1f}{GLUE}\N{MULTIPLICATION SIGN}"


def span(seconds: float) -> str:
    """Return a length of time for a reader: '0.8 s', '12 s', '6 min 05 s'."""
    if seconds < 10:  # noqa: PLR2004 -- tenths matter below ten seconds
        return f"{seconds:.1f}{GLUE}s"
    if seconds < 60:  # noqa: PLR2004 -- seconds in a minute
        return f"{seconds:.0f}{GLUE}s"
    return f"{seconds // 60:.0f}{GLUE}min {seconds % 60:02.0f}{GLUE}s"


def short(text: str, most: int = 12) -> str:
    """Return foreign text for a place that holds only so many letters."""
    return visible(text if len(text) <= most else f"{text[: most - 1]}…")


def visible(text: str, characters: int = CLIP_CHARACTERS) -> str:
    r"""Return foreign text with what would not print written out (\x1b), cut to a bound.

    So is what a CI service would take for a command.
    """
    shown = inert(
        "".join(
            letter if letter.isprintable() or letter in SPACES else ascii(letter)[1:-1]
            for letter in text[:characters]
        )
    )
    rest = len(text) - characters
    return f"{shown} … and {rest:,} characters more" if rest > 0 else shown
