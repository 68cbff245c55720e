"""What a run would have a stack scaled by is told in the run's own order, and nothing is done."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loadtests.command.attached_options import attached_axes
from loadtests.command.dry_run import told_commands
from loadtests.command.options import RunOptions
from loadtests.command.run_plan import planned
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.attach_spec import Attach, Scale

STACK = """
format_version = 2
name = "rows"

[parts.gate]
role = "gateway"

[parts.worker]
role = "resolver"

[scenarios.rows]
description = "Reads"

[[scenarios.rows.calls]]
name = "read"
request = "GET /rows"

[attach]
gateway = "http://127.0.0.1:1"
resolvers = 1
gateway_workers = 3
scale.resolvers = "scale {copies}"
reset = "reset"
"""


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    file = tmp_path / "stack.toml"
    file.write_text(STACK)
    return file


def told(stack: Path, **options: Any) -> list[str]:  # noqa: ANN401 -- fields of RunOptions
    return list(told_commands(RunOptions(stack=stack, site=stack.parent / "site", **options), None))


def test_each_repetition_is_told_in_the_order_of_the_run(stack: Path) -> None:
    lines = told(stack, repetitions=2, resolvers="1,2,4")
    run_plan = planned(
        RunOptions(stack=stack, repetitions=2, resolvers="1,2,4"), None, folder=Path()
    )
    order = [
        at.resolvers
        for number in (0, 1)
        for at in run_plan.rounds.of(number, run_plan.configurations, lambda _: False)
    ]
    resets = [line for line in lines if line == "reset"]

    assert lines[:3] == ["# repetition 1 of 2: 1 resolver, 1 worker", "scale 1", "reset"]
    told_order = [int(line.split(": ")[1].split()[0]) for line in lines if ": " in line]
    assert told_order == order
    assert len(resets) == len(order) == 6
    assert "# put back" in lines[-2:]
    assert list(stack.parent.iterdir()) == [stack]


def test_what_stays_as_it_is_needs_no_command_but_fresh_data(stack: Path) -> None:
    assert told(stack, repetitions=2, resolvers="1") == [
        *("# repetition 1 of 2: 1 resolver, 1 worker", "scale 1", "reset"),
        *("# repetition 2 of 2: 1 resolver, 1 worker", "reset"),
        "# put back",
    ]


def test_what_is_searched_is_told_as_such(stack: Path) -> None:
    lines = told(stack, search=True, repetitions=1)

    assert lines[0].startswith("# repetition 1 of 1, as far as the search chooses it: ")


def test_a_target_has_nothing_to_tell(stack: Path) -> None:
    with pytest.raises(SpecError, match="a --target is not"):
        told(stack, target="http://127.0.0.1:1")


def test_what_nothing_scales_stays_at_the_numbers_of_the_file() -> None:
    scale = Scale(resolvers="a {copies}", gateway_workers="b {workers}")
    attach = Attach(gateway="http://g", resolvers=2, gateway_workers=3, prefetch=8, scale=scale)
    found = attached_axes(attach, RunOptions())

    assert (found.resolvers, found.service_workers) == ((1, 2), (1,))
    assert (found.gateway_workers, found.prefetch) == ((3,), (8,))


def test_with_an_engine_a_number_is_all_that_is_missing() -> None:
    attach = Attach(gateway="http://g", engine="swarm", stack="shop")
    with pytest.raises(SpecError, match=r"--resolvers 1,2 needs resolvers = N in \[attach\]"):
        attached_axes(attach, RunOptions(resolvers="1,2"))


def test_a_question_takes_phases_in_which_the_cpu_use_is_told() -> None:
    attach = Attach(gateway="http://g", usage="prometheus:http://p?query=x")
    asked = RunOptions(target_rate_per_s=9, slo_p99_ms=9)
    with pytest.raises(SpecError, match=r"told of long phases alone: add --duration S"):
        attached_axes(attach, asked)

    assert attached_axes(attach, replace(asked, duration_s=150.0))


def test_more_is_asked_of_the_model_only_where_something_makes_more() -> None:
    run = RunOptions(resolvers="1,2")
    scale = Scale(resolvers="a {copies}")
    attach = Attach(gateway="http://g", resolvers=1, service_workers=2, scale=scale)
    found = attached_axes(attach, run).stretched(fixed=("service_workers", "gateway_workers"))

    assert found.resolvers == (1, 2, 3, 4)
    assert (found.service_workers, found.gateway_workers) == ((2,), (1,))
