"""Says which commands of [attach] take a running stack from some numbers to others, in order."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import NotOursError
from testcontainers_fixtures.output.redaction import command_line, hidden
from testcontainers_fixtures.placeholders import filled
from testcontainers_fixtures.secret_values import secrets_in
from testcontainers_fixtures.stack_file.attach_spec import (
    PLACEHOLDERS,
    Attach,
    CommandLines,
    split_lines,
)

IN_WORDS: Final[Mapping[str, str]] = {
    "resolvers": "resolvers",
    "service_workers": "workers of each service",
    "gateway_workers": "gateway workers",
    "prefetch": "prefetch",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingCommand:
    """One command, every placeholder filled in; `key` is where it stands in [attach].

    One that is `repeated` is run until it ends with 0.
    """

    key: str
    words: tuple[str, ...]
    repeated: bool = False

    def __str__(self) -> str:
        """Show it as it can be typed, without secrets."""
        return hidden(shlex.join(self.words))


def first_numbers(attach: Attach) -> CopyCounts:
    """Return how many of each there are before a run, and after it."""
    usual = CopyCounts()
    return CopyCounts(**{key: getattr(attach, key) or getattr(usual, key) for key in PLACEHOLDERS})


def scaled_to(
    attach: Attach, to: CopyCounts, *, now: CopyCounts | None
) -> tuple[ScalingCommand, ...]:
    """Return what makes the numbers `to` out of those `now`, and then waits until it is settled.

    None is now where that is not known: all that can be scaled is then set. Raises NotOursError for
    a number that nothing scales, SpecError for a placeholder or a secret that is not known.
    """
    before = now or first_numbers(attach)
    differing = [key for key in PLACEHOLDERS if getattr(to, key) != getattr(before, key)]
    if foreign := [key for key in differing if key not in attach.scale.keys]:
        raise NotOursError(
            f"Stack file: [attach] has no scale.{foreign[0]}, so {IN_WORDS[foreign[0]]} stay at"
            f" {getattr(before, foreign[0])}; they cannot be {getattr(to, foreign[0])}."
        )
    changed = differing if now else attach.scale.keys
    found = [one for key in changed for one in _scaling(attach, key, getattr(to, key))]
    return (*found, *_settling(attach)) if found else ()


def made_fresh(attach: Attach) -> tuple[ScalingCommand, ...]:
    """Return what makes the data fresh, and waits until it is settled; nothing without `reset`."""
    found = tuple(_filled(attach.reset, "reset", {}))
    return (*found, *_settling(attach)) if found else ()


def described(attach: Attach) -> str:
    """Return what scales a stack, as a record has it: the commands with their placeholders."""
    lines = [
        f"{key}: {command_line(words)}"
        for key in attach.scale.keys
        for words in split_lines(attach.scale.lines(key))
    ]
    return "; ".join(lines) or "nothing"


def _scaling(attach: Attach, key: str, number: int) -> Iterator[ScalingCommand]:
    yield from _filled(attach.scale.lines(key), f"scale.{key}", {PLACEHOLDERS[key]: number})


def _settling(attach: Attach) -> Iterator[ScalingCommand]:
    yield from _filled(attach.settled, "settled", {}, repeated=True)


def _filled(
    lines: CommandLines, key: str, values: Mapping[str, object], *, repeated: bool = False
) -> Iterator[ScalingCommand]:
    where = f"{key} of [attach]"
    for words in split_lines(lines):
        known = {**values, **secrets_in(words, where)}
        whole = tuple(filled(word, known, where) for word in words)
        yield ScalingCommand(key=key, words=whole, repeated=repeated)
