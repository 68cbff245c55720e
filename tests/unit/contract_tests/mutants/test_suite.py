"""The mutants' search is the suite: each test of it belongs to a method, or is left out by name."""

import subprocess
import sys
from pathlib import Path

import pytest

from contract_tests.mutants.defect import catalogue
from contract_tests.mutants.suite import LEFT_OUT, METHODS, method_of

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def tests() -> list[str]:
    """Return the ids of the suite's tests, as pytest collects them without a stack."""
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "--engine=processes"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "contract_tests", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return [line for line in done.stdout.splitlines() if "::" in line]


def test_each_test_of_the_suite_belongs_to_a_method_or_is_left_out(tests: list[str]) -> None:
    astray = [
        one
        for one in tests
        if (method_of(one) is None) is not one.rpartition("/")[2].startswith(LEFT_OUT)
    ]

    assert len(tests) > 20
    assert astray == []


def test_each_method_has_a_test_and_each_defect_a_method(tests: list[str]) -> None:
    assert {method_of(one) for one in tests} - {None} == set(METHODS)
    assert {one.expected for one in catalogue().values()} <= {*METHODS, "received"}
