"""The colours of the hops can be told apart, whatever eyes look at them, in either light."""

import itertools
import re
from pathlib import Path

import pytest

from reports.drawing.hop_pictures import HOPS

CSS = (Path("reports/page/templates") / "page.css").read_text(encoding="utf-8")
Rgb = tuple[float, ...]

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
EYES: dict[str, tuple[Rgb, ...]] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
LEAST_DIFFERENCE = 0.06


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("light", ["light", "dark"])
def test_hops_that_touch_differ_for_all_eyes(eyes: str, light: str) -> None:
    colours = _palette(light)
    seen = [_oklab(_through(_linear(colour), EYES[eyes])) for colour in colours]

    assert len(colours) == HOPS
    for (first, one), (second, other) in itertools.pairwise(zip(colours, seen, strict=True)):
        apart = sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
        assert apart >= LEAST_DIFFERENCE, (first, second)


def _palette(light: str) -> list[str]:
    found = re.findall(r"--h\d: (#\w{6})", CSS)
    return found[:HOPS] if light == "light" else found[HOPS:]


def _linear(colour: str) -> Rgb:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return tuple(
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )


def _through(colour: Rgb, eyes: tuple[Rgb, ...]) -> Rgb:
    mixed = (sum(a * b for a, b in zip(line, colour, strict=True)) for line in eyes)
    return tuple(min(max(part, 0.0), 1.0) for part in mixed)


def _oklab(colour: Rgb) -> Rgb:
    """Return a colour where equal distances look equally different (Ottosson 2020)."""
    red, green, blue = colour
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )
