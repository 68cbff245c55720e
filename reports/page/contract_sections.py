"""Lays out a contract run: operations by methods, each failure from all sides, what was exercised.

What is not green has its reason beside it: red leads to failures, grey says why not.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from msgspec import Struct

from reports.judgement.reproductions import curl, pytest_file
from reports.page.answer_diff import AnswerSide, side_by_side
from reports.record.failures import METHODS, Exercised, Failure, Method, MethodCoverage
from reports.record.number_formats import count
from reports.record.record import E2eRun

WAY: Final = ("gateway", "wire", "resolver", "service")
CLASSES: Final = ("2", "3", "4", "5")
COLUMNS: Final[tuple[Method, ...]] = ("paper", "parity", "received", "promises", "schema")
MEANINGS: Final[dict[Method, str]] = {
    "paper": "the gateway's document says what the services' say",
    "parity": "the gateway answers as the service's twin does",
    "received": "what reaches the service is what was sent, once",
    "promises": "rows keep from their creation to their deletion, whoever asks",
    "schema": "answers are documented, invalid requests refused, valid ones taken",
}
Colour = Literal["pass", "fail", "known", "none"]


class MatrixCell(Struct, frozen=True, kw_only=True):
    """One cell of the matrix; `failures` are the numbers of those that it leads to."""

    colour: Colour
    text: str
    reason: str = ""
    failures: tuple[int, ...] = ()


class OperationRow(Struct, frozen=True, kw_only=True):
    """An operation's row of the matrix."""

    service: str
    operation: str
    squares: tuple[MatrixCell, ...]


class ShownFailure(Struct, frozen=True, kw_only=True):
    """A failure from all sides, as its article shows it."""

    number: int
    failure: Failure
    title: str
    said: str
    method: str
    way: tuple[tuple[str, bool], ...]
    sides: tuple[AnswerSide, ...]
    curl: str
    test: str


class CoverageShare(Struct, frozen=True, kw_only=True):
    """How many of some things were seen, of all that are documented."""

    seen: int
    known: int

    @property
    def text(self) -> str:
        """Return it in words."""
        return f"{count(self.seen)} of {count(self.known)}" if self.known else "none"

    @property
    def percent(self) -> float:
        """Return it as a length of a bar."""
        return 100 * self.seen / self.known if self.known else 0.0

    @property
    def whole(self) -> bool:
        """Tell whether nothing is missing."""
        return self.seen == self.known


class CoverageRow(Struct, frozen=True, kw_only=True):
    """An operation's row of the coverage: its requests, answers by class, and what they reached."""

    exercised: Exercised
    classes: tuple[tuple[str, int, bool], ...]
    statuses: CoverageShare
    valid: CoverageShare
    invalid: CoverageShare
    headers: CoverageShare


class ContractPage(Struct, frozen=True, kw_only=True):
    """All that the page of a contract run shows."""

    columns: tuple[tuple[str, str], ...]
    matrix: tuple[OperationRow, ...]
    shown: tuple[ShownFailure, ...]
    lead: tuple[str, ...]
    reach: tuple[CoverageRow, ...]
    never: int


def contract(record: E2eRun) -> ContractPage:
    """Return what the page of a contract run shows: new failures first, known ones behind them."""
    ordered = sorted(record.failures, key=lambda one: (one.known, COLUMNS_FIRST[one.method]))
    shown = tuple(_shown(number, one) for number, one in enumerate(ordered, 1))
    reach = tuple(_reach(one) for one in record.exercised)
    return ContractPage(
        columns=tuple((METHODS[one], MEANINGS[one]) for one in COLUMNS),
        matrix=tuple(_matrix(record.cells, shown)),
        shown=shown,
        lead=tuple(_lead(record)),
        reach=reach,
        never=sum(len(one.never) for one in record.exercised),
    )


COLUMNS_FIRST: Final = {method: number for number, method in enumerate(METHODS)}


def _lead(record: E2eRun) -> list[str]:
    new = [one for one in record.failures if not one.known]
    known = len(record.failures) - len(new)
    said = []
    if record.baseline:
        said.append(
            f"Compared with {record.baseline}: {_failures(len(new), 'new')}, "
            f"{_failures(known, 'known')}."
        )
    if new:
        hops = {hop: sum(one.hops == (hop,) for one in new) for hop in WAY}
        guilty = ", ".join(f"{hop} {times}" for hop, times in hops.items() if times)
        flaky = sum(one.repeated == "flaky" for one in new)
        again = sum(one.repeated == "reproducible" for one in new)
        said.append(
            f"{_failures(len(new))}: {again} reproducible, {flaky} flaky, "
            f"{len(new) - again - flaky} not repeated.{f' Guilty: {guilty}.' if guilty else ''}"
        )
    return said


def _failures(number: int, kind: str = "") -> str:
    return f"{count(number)} {kind} failure{'' if number == 1 else 's'}".replace("  ", " ")


def _matrix(
    cells: Sequence[MethodCoverage], shown: Sequence[ShownFailure]
) -> Iterable[OperationRow]:
    known = {(one.service, one.operation, one.method): one for one in cells}
    rows = dict.fromkeys((one.service, one.operation) for one in cells)
    # What is published by nobody, or by the gateway alone, has a row where it failed.
    strays = dict.fromkeys(
        (one.failure.service, one.failure.operation)
        for one in shown
        if one.failure.operation and one.failure.method != "whole"
    )
    for service, operation in rows | strays:
        squares = (
            _square(known.get((service, operation, method)), [
                one for one in shown
                if (one.failure.service, one.failure.method) == (service, method)
                and operation in {one.failure.operation, *one.failure.reaches}
            ])
            for method in COLUMNS
        )  # fmt: skip
        yield OperationRow(service=service, operation=operation, squares=tuple(squares))


def _square(cell: MethodCoverage | None, failed: Sequence[ShownFailure]) -> MatrixCell:
    if failed:
        new = any(not one.failure.known for one in failed)
        return MatrixCell(
            colour="fail" if new else "known",
            text=f"{len(failed)} failed" if new else f"{len(failed)} known",
            failures=tuple(one.number for one in failed),
        )
    if cell is None or not cell.asked:
        reason = cell.reason if cell else "no service publishes it"
        said = "not asked" if cell and cell.applies else "not applicable"
        return MatrixCell(colour="none", text=said, reason=reason)
    return MatrixCell(colour="pass", text=count(cell.asked))


def _shown(number: int, failure: Failure) -> ShownFailure:
    gateway = failure.gateway
    return ShownFailure(
        number=number,
        failure=failure,
        title=failure.operation or "The whole system",
        said=failure.sentence.removeprefix(f"{failure.operation}: "),
        method=METHODS[failure.method],
        way=tuple((hop, hop in failure.hops) for hop in WAY) if failure.hops else (),
        sides=side_by_side(gateway, failure.twin) if gateway else (),
        curl=curl(failure.request) if failure.request else "",
        test=pytest_file(failure) if failure.file else "",
    )


def _reach(one: Exercised) -> CoverageRow:
    documented = {status[:1] for status in one.documented}
    classes = tuple(
        (
            f"{first}xx",
            sum(times for status, times in one.statuses.items() if status[:1] == first),
            first in documented,
        )
        for first in CLASSES
    )
    statuses = [_came(status, one) for status in one.documented]
    return CoverageRow(
        exercised=one,
        classes=classes,
        statuses=_share(statuses),
        valid=_share([bool(keyword.fits) for keyword in one.keywords]),
        invalid=_share([bool(keyword.breaks) for keyword in one.keywords]),
        headers=_share([bool(times) for times in one.headers.values()]),
    )


def _came(documented: str, one: Exercised) -> bool:
    if documented.isdigit():
        return bool(one.statuses.get(documented))
    return documented == "default" or any(s[:1] == documented[:1] for s in one.statuses)


def _share(seen: Sequence[bool]) -> CoverageShare:
    return CoverageShare(seen=sum(seen), known=len(seen))
