"""The hops of a call: parts of one whole, never negative, never made up."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.boot import BOOT
from system.wire.call_timings import CallTimings, ResolverTimings

MOMENT = st.floats(0, 1e6, allow_nan=False)
PARTS = ("publish", "wait", "transit", "resolver", "reply")


def passage(
    begun: float, confirmed: float | None, ended: float, stay: ResolverTimings | None
) -> CallTimings:
    made = CallTimings(begun_s=begun, confirmed_s=confirmed)
    made.end(stay, {"service": 1.0} if stay else {})
    made.ended_s = ended
    return made


def stay(taken: float, answered: float, boot: str = BOOT) -> ResolverTimings:
    return ResolverTimings(boot=boot, taken_s=taken, answered_s=answered)


def test_each_hop_lasts_from_the_moment_that_begins_it_to_the_one_that_ends_it() -> None:
    hops = passage(10.0, 10.001, 10.010, stay(10.003, 10.007)).hops_ms()

    assert hops == pytest.approx(
        {"rpc": 10, "publish": 1, "wait": 2, "resolver": 4, "reply": 3, "service": 1}
    )


def test_a_confirm_that_comes_while_the_resolver_works_is_not_counted_twice() -> None:
    hops = passage(10.0, 10.005, 10.010, stay(10.003, 10.007)).hops_ms()

    assert (hops["publish"], hops["wait"]) == pytest.approx((3, 0))


def test_ends_of_two_boots_give_the_one_way_hops_as_one() -> None:
    hops = passage(10.0, 10.001, 10.010, stay(903.0, 903.004, boot="other")).hops_ms()

    assert hops == pytest.approx(
        {"rpc": 10, "publish": 1, "transit": 5, "resolver": 4, "service": 1}
    )


def test_a_clock_that_was_moved_within_one_boot_is_not_believed() -> None:
    hops = passage(10.0, 10.001, 10.010, stay(9.0, 9.004)).hops_ms()

    assert hops["transit"] == pytest.approx(5)
    assert not {"wait", "reply"} & hops.keys()


def test_a_call_that_no_resolver_answered_has_no_hops_behind_it() -> None:
    assert passage(10.0, None, 10.010, None).hops_ms() == pytest.approx({"rpc": 10})
    assert passage(10.0, 10.002, 10.010, None).hops_ms() == pytest.approx({"rpc": 10, "publish": 2})


@given(MOMENT, MOMENT, MOMENT, MOMENT, MOMENT, st.sampled_from([BOOT, "other"]))
def test_the_parts_are_never_negative_and_add_up_to_the_whole(  # noqa: PLR0913, PLR0917 -- the moments of a call
    begun: float, confirmed: float, taken: float, answered: float, ended: float, boot: str
) -> None:
    begun, confirmed, ended = sorted((begun, confirmed, ended))

    hops = passage(begun, confirmed, ended, stay(taken, answered, boot)).hops_ms()

    parts = [hops[name] for name in PARTS if name in hops]
    assert min(parts) >= 0
    assert math.isclose(sum(parts), hops["rpc"], rel_tol=1e-9, abs_tol=1e-3)
