"""What a measured configuration tells a model, and which of its phases may tell it."""

from dataclasses import replace

import msgspec
import pytest

from loadtests.capacity.measured_points import MeasuredPoint, measured_point_of
from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.service_demands import Roles, demands_of
from reports.record.measurements import Configuration, Phase, Timeline
from reports.record.record import Repetition
from tests.unit.reports.sample_runs import phase

ROLES = Roles(
    gateway=("gateway",),
    resolvers=("resolver",),
    services=("srv_clients", "srv_goods"),
    broker=True,
    inmost_hop="service",
)
CLOSED = phase(arrivals="closed", rate_per_s=100.0, middle_ms=40.0, duration_s=8.0)
OPEN = phase(rate_per_s=70.0, duration_s=8.0)
GROWING = msgspec.structs.replace(
    OPEN, timeline=Timeline(in_flight=tuple(range(2, 18, 2)), parts=OPEN.timeline.parts)
)


def evidence(opened: Phase, *closed: Phase) -> MeasuredPoint:
    reason = "not measured here"
    made = tuple(
        Repetition(
            warm_up=None,
            closed=one,
            open=opened,
            common=None,
            reasons={"warm_up": reason, "common": reason},
        )
        for one in closed or (CLOSED,)
    )
    measured = Configuration(
        scenario="crud",
        resolvers=1,
        service_workers=1,
        gateway_workers=1,
        prefetch=32,
        repetitions=made,
    )
    return measured_point_of(measured, ROLES, cores=4, generators=1, seed=1)


def test_the_light_phase_is_the_open_one_and_its_latencies_are_seen() -> None:
    found = evidence(OPEN)

    assert found.light.rate_per_s == 70.0
    assert [one.rate_per_s for one in found.seen] == [70.0]


def test_where_the_queue_grew_no_latency_is_seen_but_what_requests_cost() -> None:
    found = evidence(GROWING)

    assert found.seen == ()
    assert found.light.rate_per_s == 70.0


def test_a_phase_that_was_not_sent_as_planned_tells_nothing() -> None:
    late = msgspec.structs.replace(OPEN, offered_per_s=90.0)

    found = evidence(late)

    assert found.seen == ()
    assert found.light.rate_per_s == 100.0


def test_work_done_after_the_phase_is_a_request_s_demand_and_hides_no_others() -> None:
    used = {
        name: msgspec.structs.replace(use, late_cpu_s=use.cpu_s / 2)
        for name, use in CLOSED.used.items()
    }
    late = demands_of(msgspec.structs.replace(CLOSED, used=used), ROLES, cores=4)
    prompt = demands_of(CLOSED, ROLES, cores=4)
    late_cores = sum(use.late_cpu_s for use in used.values()) / CLOSED.duration_s

    assert late.by_part == prompt.by_part
    assert late.others == pytest.approx(prompt.others + late_cores)


def test_a_repetition_whose_parts_were_not_measured_makes_nobody_a_stranger() -> None:
    unseen = msgspec.structs.replace(CLOSED, used={}, reasons=CLOSED.reasons | {"used": "not read"})

    assert evidence(OPEN, CLOSED, unseen).full.others == evidence(OPEN).full.others


def test_where_the_maximum_was_too_short_to_tell_others_are_those_of_the_phase_that_does() -> None:
    short = msgspec.structs.replace(CLOSED, used={}, reasons=CLOSED.reasons | {"used": "too short"})
    found = evidence(OPEN, short)

    assert found.full.others == found.light.others > 0


def test_every_generator_process_is_part_of_a_request_s_demand() -> None:
    one, two = (
        demands_of(msgspec.structs.replace(CLOSED, generators=count), ROLES, cores=4)
        for count in (1, 2)
    )

    assert two.works.generator_ms == pytest.approx(2 * one.works.generator_ms)
    assert two.others == pytest.approx(one.others - 0.22)


@pytest.mark.parametrize(
    ("others", "left"), [(0.0, 4.0), (1.0, 3.0), (2.0, 2.0), (3.9, 2.0)], ids=str
)
def test_other_work_takes_half_of_the_machine_at_most_for_it_takes_turns(
    others: float, left: float
) -> None:
    found = evidence(OPEN)
    busy = replace(found, full=replace(found.full, others=others))

    assert busy.layout(busy.at, turns=0, dispatch="fewest").cores == left


def test_a_part_of_which_nothing_is_known_makes_no_model_and_it_is_said_why() -> None:
    used = {name: use for name, use in CLOSED.used.items() if name != "resolver"}
    reasons = CLOSED.reasons | {"used": "what was told of resolver fell meanwhile"}

    with pytest.raises(NoModelError, match=r"resolver used .* \(what was told of resolver fell me"):
        demands_of(msgspec.structs.replace(CLOSED, used=used, reasons=reasons), ROLES, cores=4)
