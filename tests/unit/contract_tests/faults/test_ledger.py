"""The ledger calls each way in which a promise breaks by its name, and nothing else."""

import pytest

from contract_tests.faults.ledger import (
    VIOLATIONS,
    Account,
    Attempt,
    Ending,
    ServiceWork,
    Violation,
    settled,
)

DEADLINE_S = 1.5
SERVICE = "shop"


def attempt(key: str, ending: Ending = "acknowledged", **changes: object) -> Attempt:
    """Return a write that was sent at second 10 and answered 20 ms later."""
    usual = {
        "key": key,
        "write": True,
        "sent_s": 10.0,
        "ended_s": 10.02,
        "deadline_s": DEADLINE_S,
        "ending": ending,
        "reason": "",
        "echo": frozenset({key}) if ending == "acknowledged" else None,
    }
    return Attempt(**(usual | changes))  # type: ignore[arg-type] # a test's table of fields


def work(key: str, arrived_s: float = 10.005, **changes: object) -> ServiceWork:
    """Return a request that was done 10 ms after it came."""
    usual = {
        "key": key,
        "service": SERVICE,
        "arrived_s": arrived_s,
        "answered_s": arrived_s + 0.01,
        "status": 201,
    }
    return ServiceWork(**(usual | changes))  # type: ignore[arg-type] # as above


def broken(account: Account) -> dict[Violation, tuple[str, ...]]:
    return {name: keys for name, keys in account.violations.items() if keys}


def test_a_write_that_is_acknowledged_and_there_once_breaks_nothing() -> None:
    account = settled([attempt("a")], {"a": 1}, [work("a")], struck_s=9.0)

    assert account.clean
    assert (account.writes, account.acknowledged, account.unknown) == (1, 1, 0)
    assert set(account.violations) == set(VIOLATIONS)


def test_a_write_that_is_acknowledged_and_absent_is_lost() -> None:
    account = settled([attempt("a"), attempt("b")], {"b": 1}, [])

    assert broken(account) == {"lost": ("a",)}


@pytest.mark.parametrize("ending", ["acknowledged", "refused", "unknown"])
def test_two_rows_of_one_key_are_a_duplicate_whatever_was_said(ending: Ending) -> None:
    account = settled([attempt("a", ending)], {"a": 2}, [])

    assert account.violations["duplicated"] == ("a",)


@pytest.mark.parametrize("echo", [{"b"}, {"a", "b"}, set()], ids=["another", "both", "none"])
def test_an_answer_that_holds_another_key_than_its_own_is_misdelivered(echo: set[str]) -> None:
    account = settled([attempt("a", echo=frozenset(echo))], {"a": 1}, [])

    assert broken(account) == {"misdelivered": ("a",)}


def test_a_read_is_misdelivered_as_a_write_is_and_counts_as_no_write() -> None:
    account = settled([attempt("a", write=False, echo=frozenset({"b"}))], {}, [])

    assert broken(account) == {"misdelivered": ("a",)}
    assert (account.attempts, account.writes) == (1, 0)


def test_an_answer_need_hold_no_key_where_none_is_expected() -> None:
    assert settled([attempt("a", echo=None)], {"a": 1}, []).clean


@pytest.mark.parametrize(
    ("over_s", "excused_s", "hung"),
    [(0.24, 0.0, False), (0.26, 0.0, True), (0.26, 0.1, False)],
    ids=["within the grace", "past it", "past it while the caller stood still"],
)
def test_an_answer_past_its_deadline_and_the_grace_has_hung(
    over_s: float, excused_s: float, *, hung: bool
) -> None:
    ended_s = 10.0 + DEADLINE_S + over_s
    late = attempt("a", "unknown", ended_s=ended_s, excused_s=excused_s)

    assert bool(settled([late], {}, []).violations["hung"]) == hung


def test_a_row_whose_request_came_after_its_deadline_is_late() -> None:
    due_s = 10.0 + DEADLINE_S
    account = settled([attempt("a", "unknown")], {"a": 1}, [work("a", due_s + 0.3)])

    assert broken(account) == {"late": ("a",)}


def test_a_request_that_its_caller_sent_late_is_late_only_past_that_as_well() -> None:
    stood_still, due_s = attempt("a", "unknown", excused_s=0.4), 10.0 + DEADLINE_S

    assert settled([stood_still], {"a": 1}, [work("a", due_s + 0.6)]).clean
    assert broken(settled([stood_still], {"a": 1}, [work("a", due_s + 0.7)])) == {"late": ("a",)}


def test_a_request_that_came_too_late_and_made_no_row_is_not_late() -> None:
    account = settled([attempt("a", "unknown")], {}, [work("a", 12.0, status=504)])

    assert account.clean


def test_a_row_begun_only_after_its_service_was_held_past_the_deadline_is_late() -> None:
    held = work("a", 10.005, answered_s=None, status=None)
    after = work("b", 13.0)
    account = settled(
        [attempt("a", "unknown"), attempt("b", sent_s=12.9, ended_s=13.1)],
        {"a": 1, "b": 1},
        [held, after],
        struck_s=9.9,
    )

    assert broken(account) == {"late": ("a",)}


def test_a_row_whose_request_came_before_the_service_was_held_may_have_begun() -> None:
    held = work("a", 10.005, answered_s=None, status=None)

    assert settled([attempt("a", "unknown")], {"a": 1}, [held], struck_s=10.2).clean


def test_a_row_made_while_the_service_did_others_is_not_late() -> None:
    unanswered = work("a", 10.005, answered_s=None, status=None)
    account = settled(
        [attempt("a", "unknown"), attempt("b")],
        {"a": 1, "b": 1},
        [unanswered, work("b", 10.1)],
        struck_s=9.9,
    )

    assert account.clean
    assert (account.unknown, account.committed) == (1, 1)


def test_a_key_that_was_tried_again_has_until_its_last_deadline() -> None:
    first = attempt("a", "unknown")
    again = attempt("a", sent_s=11.6, ended_s=11.7)
    account = settled([first, again], {"a": 1}, [work("a", 11.65)], struck_s=9.9)

    assert account.clean
    assert (account.attempts, account.writes, account.acknowledged) == (2, 1, 1)


def test_a_refused_write_that_is_there_was_told_an_untruth() -> None:
    account = settled([attempt("a", "refused"), attempt("b", "refused")], {"a": 1}, [])

    assert broken(account) == {"untrue": ("a",)}
    assert account.refused == 2


def test_a_write_one_of_whose_answers_was_unknown_may_be_there() -> None:
    account = settled([attempt("a", "refused"), attempt("a", "unknown")], {"a": 1}, [])

    assert account.clean
    assert (account.refused, account.unknown, account.committed) == (0, 1, 1)


def test_a_request_that_came_within_the_grace_after_its_deadline_is_not_late() -> None:
    due_s = 10.0 + DEADLINE_S

    assert settled([attempt("a", "unknown")], {"a": 1}, [work("a", due_s + 0.2)]).clean


def test_the_first_of_several_arrivals_counts() -> None:
    came = [work("a", 12.0), work("a", 10.1), work("a", 12.1)]

    assert settled([attempt("a", "unknown")], {"a": 1}, came).clean


@pytest.mark.parametrize("status", [307, 400, 504], ids=["redirected", "refused", "failed"])
def test_a_write_that_a_service_did_not_do_shows_no_life(status: int) -> None:
    held = work("a", answered_s=None, status=None)
    refused = work("b", 10.1, status=status)
    account = settled(
        [attempt("a", "unknown"), attempt("b", "refused")], {"a": 1}, [held, refused], struck_s=9.9
    )

    assert broken(account) == {"late": ("a",)}


def test_writes_are_laid_in_the_order_in_which_they_were_finished() -> None:
    held = work("a", answered_s=None, status=None)
    others = [work("b", 13.0), work("c", 10.1), work("d", 9.0)]
    told = [attempt(key, sent_s=12.9, ended_s=13.1) for key in "bcd"]
    rows = dict.fromkeys("abcd", 1)

    assert settled([attempt("a", "unknown"), *told], rows, [held, *others], struck_s=9.9).clean
