"""Values that are drawn for each request."""

import random
import uuid
from datetime import date

import pytest

from loadtests.plan.random_values import LETTERS, draws
from testcontainers_fixtures.stack_file.draw_spec import Draw, Drawn


def drawn(asked: Draw, count: int = 300) -> list[object]:
    ((name, drawing),) = draws({"x": asked})
    draw = random.Random(1)  # noqa: S311 -- not for secrets
    assert name == "x"
    return [drawing(draw) for _ in range(count)]


def test_whole_numbers_and_choices_are_all_drawn_and_no_others() -> None:
    assert set(drawn((3, 5))) == {3, 4, 5}
    assert set(drawn(Drawn(choices=("a", 2)))) == {"a", 2}


def test_a_text_has_so_many_letters_and_digits() -> None:
    texts = list(map(str, drawn(Drawn(text=(2, 4)))))

    assert {len(text) for text in texts} == {2, 3, 4}
    assert set("".join(texts)) <= set(LETTERS)


def test_a_date_is_within_its_bounds_and_a_uuid_is_one() -> None:
    first, last = date(2028, 2, 28), date(2028, 3, 1)

    assert set(drawn(Drawn(date=(first, last)))) == {"2028-02-28", "2028-02-29", "2028-03-01"}
    assert {uuid.UUID(str(one)).version for one in drawn("uuid")} == {4}
    assert len(set(drawn("uuid"))) == 300


def test_equal_seeds_draw_equal_values() -> None:
    assert drawn("uuid") == drawn("uuid")


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({}, "expected"),
        ({"choices": ("a",), "text": (1, 2)}, "expected"),
        ({"text": (3, 2)}, "the fewest first"),
        ({"date": (date(2026, 2, 1), date(2026, 1, 1))}, "the first is the later one"),
    ],
)
def test_what_cannot_be_drawn_is_refused(made: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Drawn(**made)  # type: ignore[arg-type]  # fields by name
