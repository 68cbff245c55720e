"""How answers are read, a journal is summed up, and places to write to are found."""

import pytest

from contract_tests.faults.ledger import Attempt, Ending
from contract_tests.faults.outcomes import ending
from contract_tests.faults.row_history import RowHistory
from contract_tests.faults.timeline import STEP_S, course, recovery_s, share_well
from contract_tests.faults.writable_collections import WritableCollection, keys_in
from testcontainers_fixtures.stack_spec import Contract
from tests.unit.contract_tests.drift.shelf import things

PROMISES = Contract(not_run=("nobody_there",))


def attempt(sent_s: float, *, ok: bool = True, key: str = "k-1") -> Attempt:
    return Attempt(
        key=key,
        write=True,
        sent_s=sent_s,
        ended_s=sent_s + 0.01,
        deadline_s=1.5,
        ending="acknowledged" if ok else "unknown",
        reason="201" if ok else "504 deadline",
        echo=frozenset({key}) if ok else None,
    )


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (201, {}, b"{}", "acknowledged"),
        (503, {}, b'{"reason": "nobody_there"}', "refused"),
        (503, {"retry-after": "1"}, b'{"reason": "something_else"}', "unknown"),
        (503, {"retry-after": "1"}, b"busy", "refused"),
        (503, {}, b"busy", "unknown"),
        (504, {}, b'{"reason": "deadline"}', "unknown"),
        (502, {"retry-after": "1"}, b"", "unknown"),
        (500, {}, b'{"reason": 5}', "unknown"),
        (422, {}, b"[]", "refused"),
        (307, {}, b"", "refused"),
        (299, {}, b"", "acknowledged"),
        (409, {}, b"{}", "unknown"),
    ],
)
def test_an_answer_says_done_not_done_or_neither(
    status: int, headers: dict[str, str], body: bytes, expected: Ending
) -> None:
    assert ending(status, headers, body, PROMISES)[0] == expected


def test_a_reason_stands_behind_the_status() -> None:
    assert ending(503, {}, b'{"reason": "nobody_there"}', PROMISES)[1] == "503 nobody_there"
    assert ending(500, {}, b"oops", PROMISES)[1] == "500"


def test_a_course_counts_what_was_sent_in_each_step() -> None:
    steps = course([attempt(10.0), attempt(10.6), attempt(10.7, ok=False)], 10.0)

    assert [one.start_s for one in steps] == [0.0, STEP_S]
    assert [one.ok for one in steps] == [1, 1]
    assert steps[1].errors == {"504 deadline": 1}


def test_recovery_is_the_moment_from_which_99_percent_succeed() -> None:
    broken = [attempt(10.0 + n / 10, ok=False) for n in range(20)]
    well = [attempt(12.0 + n / 100) for n in range(300)]

    assert recovery_s([*broken, *well], 10.0) == pytest.approx(1.7, abs=0.11)
    assert recovery_s(well, 11.0) == 0.0


def test_a_single_failure_late_on_is_no_relapse_and_a_steady_trickle_is() -> None:
    once = [attempt(12.0 + n / 100, ok=n != 200) for n in range(300)]
    trickle = [attempt(12.0 + n / 100, ok=n % 20 != 0) for n in range(300)]

    assert recovery_s(once, 12.0) == 0.0
    assert recovery_s(trickle, 12.0) is None


def test_too_few_requests_tell_nothing_of_a_recovery() -> None:
    assert recovery_s([attempt(12.0 + n / 100) for n in range(50)], 12.0) is None


def test_the_share_before_a_moment_leaves_out_what_came_later() -> None:
    before = [attempt(10.0), attempt(10.2), attempt(10.4), attempt(10.5, ok=False)]

    assert share_well([*before, attempt(12.0, ok=False)], 11.0) == 0.75
    assert share_well(before, 9.0) is None


def test_an_entry_holds_its_key_and_each_its_own() -> None:
    row = {"id": 1, "title": "A row", "colour": "red"}
    place = WritableCollection(service="shelf", resource=things(), pattern=row, keyed=False)
    first, second = place.entry("k1-"), place.entry("k1-")

    assert first
    assert second
    assert first.key.encode() in first.body
    assert first.key != second.key


def test_keys_are_found_in_texts_and_none_of_another_prefix() -> None:
    row = {"id": 5, "name": "k1-7 and so on", "note": "k2-9", "more": None}

    assert keys_in(row, "k1-") == {"k1-7"}


def test_what_is_known_of_a_key_is_told_with_its_moments() -> None:
    said = RowHistory([attempt(10.5)], {"k-1": 2}, [], 10.0)("k-1")

    assert said == "k-1: write at 0.500 s, 201 at 0.510 s; 2 rows"
