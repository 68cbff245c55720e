"""Models of several scenarios are made beside each other, and are those made one by one."""

from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path

import pytest
from msgspec.structs import replace

from loadtests.capacity.model_records import capacities
from loadtests.capacity.solver import CopyCosts
from loadtests.sweep import models_beside as beside
from loadtests.sweep.models_beside import models_beside
from reports.record.record import LoadRun
from testcontainers_fixtures.stack_spec import StackSpec
from tests.unit.loadtests.capacity import two_kinds


@pytest.fixture
def spec(tmp_path: Path) -> StackSpec:
    known = two_kinds.spec(tmp_path)
    [shop] = known.scenarios.values()
    return replace(known, scenarios={"shop": shop, "again": shop})


@pytest.fixture(scope="module")
def run() -> LoadRun:
    """Give a run of two scenarios; why neither has a model, a real one, is found in no time."""
    [shop] = two_kinds.run([(2, 2)]).configurations
    alike = replace(shop, resolvers=2, of_parts={})
    return two_kinds.run([], configurations=(alike, replace(alike, scenario="again")))


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert active_children() == []


def test_each_scenario_has_the_model_that_it_would_have_alone(
    run: LoadRun, spec: StackSpec
) -> None:
    with models_beside(run, spec, CopyCosts()) as modelled:
        assert len(active_children()) == 2
        found = modelled()

    assert [one.scenario for one in found] == ["shop", "again"]
    assert all("carried 0.05 times" in one.reasons["outlooks"] for one in found)
    assert found == capacities(run, spec, CopyCosts())


def test_a_single_scenario_starts_no_process(run: LoadRun, spec: StackSpec) -> None:
    alone = replace(run, configurations=run.configurations[:1])
    with models_beside(alone, spec, CopyCosts()) as modelled:
        assert active_children() == []
        assert [one.scenario for one in modelled()] == ["shop"]


def test_what_ends_the_run_ends_them(run: LoadRun, spec: StackSpec) -> None:
    with pytest.raises(KeyboardInterrupt), models_beside(run, spec, CopyCosts()):
        raise KeyboardInterrupt


def test_the_models_are_made_here_where_a_process_no_longer_answers(
    run: LoadRun, spec: StackSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "WITHIN_S", 0.0)
    with models_beside(run, spec, CopyCosts()) as modelled:
        assert modelled() == capacities(run, spec, CopyCosts())
