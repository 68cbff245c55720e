"""Which numbers a stack that is attached to takes, and what of a run it has no place for."""

from collections.abc import Iterator, Sequence
from typing import Final

from loadtests.command.conflicts import refuse
from loadtests.command.options import RunOptions
from loadtests.sweep import axes
from testcontainers_fixtures.command_options import option_of
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import NotOursError, SpecError
from testcontainers_fixtures.scaling.scaling_commands import (
    IN_WORDS,
    first_numbers,
    made_fresh,
    scaled_to,
)
from testcontainers_fixtures.stack_file.attach_spec import MOST_PREFETCH, Attach
from testcontainers_fixtures.stack_spec import StackSpec

NOT_STARTED: Final = "is for a stack that is started here; this one is attached to. Leave it out."
# Of these as many are measured as usual, where nothing was asked for.
_SWEPT: Final = ("resolvers", "service_workers")
_OPTIONS: Final = {"service_workers": "workers"}


def attached_axes(attach: Attach, asked: RunOptions) -> axes.Axes:
    """Return the numbers of a sweep; what has no command in [attach] stays as the file says.

    Raises SpecError for a number that nothing could make, and for options of a stack of our own.
    """
    refuse(asked, ("copies", "engine", "pin"), NOT_STARTED)
    if asked.target_rate_per_s and not attach.usage:
        raise SpecError(
            "--target-rate needs to know what each part uses of the CPU, and nobody tells that of "
            "this stack: name `usage` in [attach], or have --search-rate measure what each "
            "configuration holds."
        )
    if asked.target_rate_per_s and attach.told_late and not asked.duration_s:
        raise SpecError(
            "--target-rate needs to know what each part uses of the CPU, and `usage` of [attach] is"
            " told of long phases alone: add --duration S, ten times as long as its figures take to"
            " be new (150 where that is 15 s)."
        )
    return axes.Axes(
        resolvers=_numbers(attach, asked, "resolvers"),
        service_workers=_numbers(attach, asked, "service_workers"),
        gateway_workers=_numbers(attach, asked, "gateway_workers"),
        prefetch=_numbers(attach, asked, "prefetch"),
    )


def require_scalable(attach: Attach, points: Sequence[CopyCounts]) -> None:
    """Raise SpecError for a configuration that the commands of [attach] cannot make as they are."""
    try:
        for at in points:
            scaled_to(attach, at, now=None)
        made_fresh(attach)
    except NotOursError as error:
        raise SpecError(str(error)) from error


def attached_notes(spec: StackSpec) -> Iterator[str]:
    """Tell what scales a stack that was not started here, and what is not known of it."""
    if (attach := spec.attach) is None:
        return
    scaled = ", ".join(IN_WORDS[key] for key in attach.scale.keys) or "nothing of it"
    yield f"A stack that was up already: its own engine scales {scaled}, and it is put back."
    if not attach.reset:
        yield (
            "Nothing makes its data fresh ([attach] names no `reset`): each configuration found the"
            " rows that those before it had left."
        )
    if attach.told_late:
        yield (
            "What its parts use of the CPU is read by somebody else, now and then: it is told of"
            " phases alone in which that had something new ten times. Every 15 s, as is usual, that"
            " takes --duration 150."
        )
    if attach.usage == "kubernetes":
        yield "`kubectl top` tells means that are up to half a minute old: take it for coarse."
    if not attach.usage:
        yield (
            "What its parts use of the CPU is not known ([attach] names no `usage`): no model is "
            "made, and which part is full is not told."
        )


def _numbers(attach: Attach, asked: RunOptions, key: str) -> tuple[int, ...]:
    field = _OPTIONS.get(key, key)
    option, text = option_of(RunOptions, field), getattr(asked, field)
    most = MOST_PREFETCH if key == "prefetch" else axes.MOST_COPIES
    first: int = getattr(first_numbers(attach), key)
    if key in attach.scale.keys:
        usual = axes.DEFAULT_COPIES if key in _SWEPT else str(first)
        return axes.numbers(option, text or usual, most=most)
    found = axes.numbers(option, text, most=most) if text else (first,)
    if found != (first,):
        raise SpecError(
            f"{option} {text} needs {_needed(attach, key)}; without one there are {first}"
            f" {IN_WORDS[key]}{_said(attach, key)}."
        )
    return found


def _needed(attach: Attach, key: str) -> str:
    if attach.engine and key != "prefetch":
        return f"{key} = N in [attach] of the stack file, how many there are now"
    return f"scale.{key} in [attach] of the stack file, the command that makes so many"


def _said(attach: Attach, key: str) -> str:
    """Return where a number comes from that the file may not say."""
    return "" if getattr(attach, key) else f", as {key} = N there would say otherwise"
