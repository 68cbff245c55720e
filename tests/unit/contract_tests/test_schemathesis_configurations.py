"""Every configuration of schemathesis in the project is one that the installed version reads.

Schemathesis reads one when something is drawn, which may be seldom.
"""

import time
from pathlib import Path

import pytest
import schemathesis
from hypothesis import given, settings, strategies
from schemathesis.config import ConfigError
from schemathesis.generation.modes import GenerationMode

from contract_tests import conftest
from contract_tests.drift import generation
from contract_tests.mutants import fuzzing

ROOT = Path(__file__).parents[3]
FOLDERS = ("contract_tests", "loadtests", "reports", "system", "testcontainers_fixtures", "tests")
# By the module that hands it over.
TEXTS = {
    "contract_tests/conftest.py": f"seed = 1\n{conftest.CONFIGURATION}",
    "contract_tests/drift/generation.py": generation.CONFIGURATION,
    "contract_tests/mutants/fuzzing.py": fuzzing.configuration(1),
    "contract_tests/drift/counterexamples.py": generation.CONFIGURATION,
}
FILES = ["contract_tests/schemathesis.toml"]


def read(text: str) -> schemathesis.Config:
    return schemathesis.Config.from_str(text)


@pytest.mark.parametrize("module", TEXTS)
def test_a_configuration_is_read(module: str) -> None:
    assert read(TEXTS[module]).projects.default.generation.database == "none"


@pytest.mark.parametrize("file", FILES)
def test_a_file_of_it_is_read(file: str) -> None:
    assert schemathesis.Config.from_path(ROOT / file).projects.default.generation.max_examples


@pytest.mark.parametrize("module", ["generation", "counterexamples"])
def test_what_is_drawn_fits_what_it_is_drawn_from(module: str) -> None:
    modes = read(TEXTS[f"contract_tests/drift/{module}.py"]).projects.default.generation.modes

    assert modes == [GenerationMode.POSITIVE]


def test_drawing_that_takes_long_is_no_failure_of_a_gateway() -> None:
    project = read(TEXTS["contract_tests/conftest.py"]).projects.default
    drawn = []

    def slowly(number: int) -> int:
        time.sleep(0.4)
        return number

    # With a deadline, a second of drawing is held to be too slow; without, half a minute.
    @settings(project.get_hypothesis_settings(), max_examples=8, deadline=200)
    @given(strategies.integers().map(slowly))
    def ask(number: int) -> None:
        drawn.append(number)

    ask()

    assert len(drawn) == 8


def test_a_key_that_schemathesis_does_not_know_is_an_error() -> None:
    with pytest.raises(ConfigError, match="modes"):
        read('[generation]\nmodes = ["positive"]')


def test_no_module_and_no_file_has_a_configuration_that_is_not_read_here() -> None:
    modules = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    here = Path(__file__)
    handing = {p for p in modules if p != here and "Config.from_" in p.read_text(encoding="utf-8")}
    files = {p for folder in FOLDERS for p in (ROOT / folder).rglob("*schemathesis*.toml")}

    assert {str(path.relative_to(ROOT)) for path in handing} == set(TEXTS)
    assert {str(path.relative_to(ROOT)) for path in files} == set(FILES)
