"""Which configurations are measured, in which order."""

from dataclasses import replace

import pytest

from loadtests.sweep.axes import (
    Axes,
    configurations,
    folder_name,
    label,
    numbers,
    resolvers_axis,
)
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import Part, StackSpec

AXES = Axes(resolvers=(1, 2), service_workers=(1, 2), gateway_workers=(1,), prefetch=(32,))


def system(*, resolver: bool) -> StackSpec:
    parts = {"gate": Part(role="gateway", command=("x",), port=1)}
    if resolver:
        parts["worker"] = Part(role="resolver", command=("x",), port=2)
    return StackSpec(format_version=1, name="some", parts=parts)


def test_every_combination_is_measured_the_smallest_first() -> None:
    points = [(one.resolvers, one.service_workers) for one in configurations(AXES)]

    assert points == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_a_quick_sweep_keeps_the_smallest_and_the_largest() -> None:
    points = [(one.resolvers, one.service_workers) for one in configurations(AXES, quick=True)]

    assert points == [(1, 1), (2, 2)]


@pytest.mark.parametrize(("text", "found"), [("1,2", (1, 2)), (" 4,1,4", (1, 4)), ("3", (3,))])
def test_numbers_are_sorted_and_each_is_there_once(text: str, found: tuple[int, ...]) -> None:
    assert numbers("--workers", text) == found


@pytest.mark.parametrize("text", ["", "0", "-1", "1,,2", "1.5", "two", "65"])
def test_anything_else_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(SpecError, match=r"--workers takes whole numbers from 1 to 64"):
        numbers("--workers", text)


def test_a_system_without_resolvers_is_measured_as_it_is() -> None:
    assert resolvers_axis(system(resolver=False), None) == (1,)
    assert resolvers_axis(system(resolver=True), None) == (1, 2)


def test_resolvers_cannot_be_asked_of_a_system_that_has_none() -> None:
    with pytest.raises(SpecError, match="no part with role = 'resolver'"):
        resolvers_axis(system(resolver=False), "1,2")


def test_copies_of_single_parts_are_an_axis_each() -> None:
    points = configurations(replace(AXES, service_workers=(1,), of_parts={"a": (1, 2), "b": (3,)}))

    assert [(one.resolvers, dict(one.of_parts)) for one in points] == [
        (1, {"a": 1, "b": 3}),
        (1, {"a": 2, "b": 3}),
        (2, {"a": 1, "b": 3}),
        (2, {"a": 2, "b": 3}),
    ]
    assert label(points[1]) == "1 resolver, 1 worker, 2 x a, 3 x b"
    assert len({folder_name(one) for one in points}) == len(points)


def test_copies_of_single_parts_that_vary_are_stretched_to_twice_the_largest() -> None:
    grid = replace(AXES, of_parts={"a": (1, 2), "b": (3,)}).stretched()

    assert grid.of_parts == {"a": (1, 2, 3, 4), "b": (3,)}


def test_resolvers_that_are_all_told_by_themselves_are_no_axis() -> None:
    assert resolvers_axis(system(resolver=True), None, {"worker"}) == (1,)
    with pytest.raises(SpecError, match="no other part with role = 'resolver'"):
        resolvers_axis(system(resolver=True), "1,2", {"worker"})


def test_a_label_tells_what_varies() -> None:
    several = configurations(
        Axes(resolvers=(1,), service_workers=(2,), gateway_workers=(1,), prefetch=(8, 32))
    )

    assert label(several[0]) == "1 resolver, 2 workers"
    assert label(several[0], several) == "1 resolver, 2 workers, prefetch 8"
