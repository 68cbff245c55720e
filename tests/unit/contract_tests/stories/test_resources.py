"""What a collection's document says of it."""

import pytest

from contract_tests.stories.resources import MOST_ROWS, largest


@pytest.mark.parametrize(
    ("most", "used"),
    [
        pytest.param(50, 50, id="a number"),
        pytest.param(50.0, 50, id="a whole number written as a fraction"),
        pytest.param(float("inf"), MOST_ROWS, id="1e999"),
        pytest.param(float("nan"), MOST_ROWS, id="no number at all"),
        pytest.param(10**400, MOST_ROWS, id="more than a float holds"),
        pytest.param(0, MOST_ROWS, id="none"),
        pytest.param("9" * 5_000, MOST_ROWS, id="text"),
    ],
)
def test_a_limit_of_no_use_is_the_usual_one(most: object, used: int) -> None:
    assert largest({"maximum": most}) == used


def test_so_is_one_that_is_not_there() -> None:
    assert largest({}) == MOST_ROWS
