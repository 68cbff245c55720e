"""Which commands take a running stack from some numbers to others, in which order."""

import pytest

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import NotOursError, SpecError
from testcontainers_fixtures.scaling.scaling_commands import (
    described,
    first_numbers,
    made_fresh,
    scaled_to,
)
from testcontainers_fixtures.stack_file.attach_spec import Attach, Scale

ATTACH = Attach(
    gateway="http://127.0.0.1:1",
    resolvers=3,
    service_workers=2,
    scale=Scale(
        resolvers="scale 'the resolver'={copies}", service_workers=("a {workers}", "b {workers}")
    ),
    settled="wait",
    reset=("empty --key {secrets.SEED_KEY}", "seed"),
)


def told(to: CopyCounts, now: CopyCounts | None) -> list[tuple[str, ...]]:
    return [one.words for one in scaled_to(ATTACH, to, now=now)]


def test_what_the_file_does_not_say_is_as_usual() -> None:
    assert first_numbers(ATTACH) == CopyCounts(resolvers=3, service_workers=2)


def test_what_differs_is_changed_and_then_it_is_waited_once() -> None:
    now = CopyCounts(resolvers=3, service_workers=2)

    assert told(CopyCounts(resolvers=1, service_workers=2), now) == [
        ("scale", "the resolver=1"),
        ("wait",),
    ]
    assert told(CopyCounts(resolvers=3, service_workers=4), now) == [
        ("a", "4"),
        ("b", "4"),
        ("wait",),
    ]


def test_where_nothing_differs_nothing_is_run() -> None:
    assert told(CopyCounts(resolvers=3, service_workers=2), first_numbers(ATTACH)) == []


def test_where_the_numbers_are_not_known_all_are_set() -> None:
    assert told(first_numbers(ATTACH), None) == [
        ("scale", "the resolver=3"),
        ("a", "2"),
        ("b", "2"),
        ("wait",),
    ]


@pytest.mark.parametrize("now", [None, first_numbers(ATTACH)], ids=["not known", "known"])
def test_a_number_that_nothing_scales_is_never_changed(now: CopyCounts | None) -> None:
    to = CopyCounts(resolvers=1, service_workers=2, gateway_workers=2)

    with pytest.raises(NotOursError, match=r"no scale\.gateway_workers, so gateway workers stay"):
        scaled_to(ATTACH, to, now=now)


def test_a_secret_is_filled_in_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED_KEY", "correct-horse")
    empty, seed, settled = made_fresh(ATTACH)

    assert empty.words == ("empty", "--key", "correct-horse")
    assert (str(empty), str(seed), str(settled)) == ("empty --key ***", "seed", "wait")
    assert "correct-horse" not in described(ATTACH)


def test_a_secret_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEED_KEY", raising=False)

    with pytest.raises(SpecError, match=r"reset of \[attach\] takes its secret from .* SEED_KEY"):
        made_fresh(ATTACH)
