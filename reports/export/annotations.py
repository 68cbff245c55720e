"""Tells a CI service of failures and doubts, each as a command that shows it beside the job.

The commands are GitHub's (`::error title=...::sentence`), which shows ten of each kind a step.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

from reports.judgement.verdicts import is_whole, judge
from reports.page.comparison_sections import ComparisonSection, whole_verdict
from reports.record.number_formats import visible
from reports.record.record import E2eRun, LoadRun, RunRecord

Kind = Literal["error", "warning", "notice"]
MOST: Final = 10
_TITLE_CHARACTERS: Final = 100
_SENTENCE_CHARACTERS: Final = 500
# Percent signs come first: what stands for the others has one.
_IN_DATA: Final = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_IN_PROPERTY: Final = (*_IN_DATA, (":", "%3A"), (",", "%2C"))


class Annotation(Struct, frozen=True, kw_only=True):
    """A failure (`error`), a doubt (`warning`) or a remark: what it is about, and one sentence.

    `file` and `line` are where it is shown, "" and None where it stands in no file.
    """

    kind: Kind
    title: str
    sentence: str
    file: str = ""
    line: int | None = None


def annotations(record: RunRecord, shown: ComparisonSection | None = None) -> list[Annotation]:
    """Return what a run is to be annotated with, the failures first.

    `shown` is how a load run compares with its baseline. Where a run passes all the same, since it
    answers what was asked, what failed on the way is no more than a doubt.
    """
    found = [*_new_failures(record), *_answered(record), *_judged(record), *_compared(shown)]
    if whole_verdict(record, shown) != "fail" and is_whole(record):
        found = [Annotation(kind="warning", title=a.title, sentence=a.sentence) for a in found]
    return sorted(found, key=lambda one: one.kind)


def comparison_annotations(shown: ComparisonSection) -> list[Annotation]:
    """Return what a comparison of two runs is to be annotated with."""
    return list(_compared(shown))


def ending(title: str, sentence: str) -> Annotation:
    """Return what a command is annotated with that ended before there was a run."""
    return Annotation(kind="error", title=title, sentence=sentence)


def commands(
    found: Sequence[Annotation], most: int = MOST, where: str = "in run.json"
) -> Iterator[str]:
    """Yield a line for each, at most so many of each kind, the last saying how many more.

    `where` is where those are.
    """
    kinds: tuple[Kind, ...] = ("error", "warning", "notice")
    for kind in kinds:
        some = [one for one in found if one.kind == kind]
        kept = some if len(some) <= most else some[: most - 1]
        yield from map(_command, kept)
        if left := len(some) - len(kept):
            yield _command(
                Annotation(kind=kind, title="More", sentence=f"And {left} more, {where}.")
            )


def _new_failures(record: RunRecord) -> Iterator[Annotation]:
    for one in record.failures if isinstance(record, E2eRun) else ():
        if not one.known:
            yield Annotation(kind="error", title=one.operation or one.check, sentence=one.sentence)


def _judged(record: RunRecord) -> Iterator[Annotation]:
    """Yield each subject that failed or is in doubt, with all that is said of it."""
    open_ = {one.subject for one in record.unmeasured} if isinstance(record, LoadRun) else set()
    told: dict[tuple[Kind, str], list[str]] = {}
    for one in judge(record):
        listed = isinstance(record, E2eRun) and one.verdict == "fail" and record.failures
        if one.verdict in {"fail", "unknown"} and not listed:
            failed = one.verdict == "fail" or one.subject in open_
            kind: Kind = "error" if failed else "warning"
            told.setdefault((kind, one.subject or one.check), []).append(one.sentence)
    for (kind, subject), sentences in told.items():
        said = " ".join(dict.fromkeys(sentences))
        yield Annotation(kind=kind, title=subject, sentence=said)


def _answered(record: RunRecord) -> Iterator[Annotation]:
    """Yield what came of the question how many are needed, where that is no answer that holds."""
    for one in record.capacity if isinstance(record, LoadRun) else ():
        if one.answer and one.answer.verdict != "pass":
            kind: Kind = "error" if one.answer.verdict == "fail" else "warning"
            yield Annotation(kind=kind, title=one.scenario, sentence=one.answer.sentence)


def _compared(shown: ComparisonSection | None) -> Iterator[Annotation]:
    if shown is not None and shown.verdict != "pass":
        kind: Kind = "error" if shown.verdict == "fail" else "warning"
        said = " ".join((shown.headline, *shown.sentences))
        yield Annotation(kind=kind, title=f"Against {shown.before.name}", sentence=said)


def _command(one: Annotation) -> str:
    title = _escaped(_in_one_line(one.title, _TITLE_CHARACTERS), _IN_PROPERTY)
    sentence = _escaped(_in_one_line(one.sentence, _SENTENCE_CHARACTERS), _IN_DATA)
    return f"::{one.kind} {_place(one)}title={title}::{sentence}"


def _place(one: Annotation) -> str:
    if not one.file:
        return ""
    file = _escaped(_in_one_line(one.file, _SENTENCE_CHARACTERS), _IN_PROPERTY)
    return f"file={file},line={one.line or 1},"


def _in_one_line(text: str, characters: int) -> str:
    return " ".join(visible(text, characters).split())


def _escaped(text: str, table: Iterable[tuple[str, str]]) -> str:
    for letter, written in table:
        text = text.replace(letter, written)
    return text
