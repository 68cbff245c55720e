"""A project's setting gives way to what was typed; what was typed twice over is refused."""

from typing import Any

import pytest

from loadtests.command.conflicts import (
    OF_A_TARGET,
    refuse,
    refuse_beside_users,
    without_overruled,
)
from loadtests.command.options import RunOptions
from testcontainers_fixtures.errors import SpecError

SET: dict[str, Any] = {"engine": "processes", "baseline": "main-run", "slo": ("p99<50ms",)}


def given(**typed: Any) -> RunOptions:  # noqa: ANN401 -- an option's value
    return RunOptions(**{**SET, "slo": ["p99<50ms"], **typed})


def test_a_setting_that_nothing_rules_out_stays() -> None:
    assert without_overruled(given(), SET) == given()


def test_what_is_about_a_stack_is_not_about_a_target() -> None:
    left = without_overruled(given(target="http://127.0.0.1:8000"), SET)

    assert (left.engine, left.baseline) == (None, None)
    assert left.slo == ["p99<50ms"]


def test_a_baseline_gives_way_to_options_that_contradict_it() -> None:
    assert without_overruled(given(quick=True), SET).baseline is None
    assert without_overruled(given(quick=True), SET).engine == "processes"


def test_what_was_typed_is_no_setting() -> None:
    typed = given(target="http://127.0.0.1:8000", baseline="another-run")

    assert without_overruled(typed, SET).baseline == "another-run"


def test_the_first_option_that_does_not_go_with_the_rest_is_refused() -> None:
    with pytest.raises(SpecError, match=r"^--request belongs to --target"):
        refuse(given(requests=["GET /"]), OF_A_TARGET, "belongs to --target URL.")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"headers": ["X-Key: 1"]}, "--header says what is sent"),
        ({"scenarios": ["crud"]}, "--scenario says what is sent"),
        ({"target_rate_per_s": 30.0}, "--target-rate is about requests a second"),
        ({"search_rate": True}, "--search-rate is about requests a second"),
    ],
    ids=["header", "scenario", "target-rate", "search-rate"],
)
def test_what_does_not_go_with_own_users_is_refused(typed: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=f"^{said}"):
        refuse_beside_users(given(baseline=None, **typed))
