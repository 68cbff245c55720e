"""When the steps of a session are due, and what they are made of."""

import random
import time
from dataclasses import dataclass, field

import pytest

from loadtests.generator.recorder import PhaseTally, Sample
from loadtests.generator.request_client import ValueKeeper
from loadtests.generator.samples import Outcome
from loadtests.generator.sessions.session_client import SessionClient
from loadtests.plan.calls import PreparedRequest
from loadtests.plan.flows import Flow, PlannedSession
from loadtests.plan.plan import PlannedCall, PlannedStep

SESSION = PlannedSession(steps=(0, 1, 2), thinks_s=(0.0, 5.0, 1.0))
STEPS = (
    PlannedCall(name="in", request="POST /in", keeps={"sid": "cookie sid"}, step=PlannedStep()),
    PlannedCall(
        name="look",
        request="GET /{n}",
        headers={"Cookie": "sid={sid}"},
        draw={"n": (4, 4)},
        keeps={"row": "/id"},
        step=PlannedStep(),
    ),
    PlannedCall(name="buy", request="POST /", body={"row": "{row}"}, step=PlannedStep()),
)


@dataclass
class Shop:
    """Answers each step late by 0.25 s beyond its due moment, and after 2 s."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    orders: list[PreparedRequest] = field(default_factory=list)
    due_s: list[float] = field(default_factory=list)
    slept_s: list[float] = field(default_factory=list)

    def sleep_until(self, moment_s: float) -> None:
        self.slept_s.append(moment_s)

    def send_order(
        self, order: PreparedRequest, *, intended_s: float, tally: PhaseTally, keeper: ValueKeeper
    ) -> Sample:
        self.orders.append(order)
        self.due_s.append(intended_s)
        cookies = {b"set-cookie": b"sid=s1"}
        keeper.settle(order, status=200, body=b'{"id": 7}', headers=cookies)
        sample = Sample(
            intended_s=intended_s,
            began_s=intended_s + 0.25,
            ended_s=intended_s + 2.25,
            outcome=self.outcomes.get(order.call.name, "ok"),
        )
        tally.add(order.call.name, sample)
        return sample


def tally(begin_s: float = 100.0, *, opened: bool = True) -> PhaseTally:
    return PhaseTally(
        arrivals="constant" if opened else "closed",
        begin_s=begin_s,
        duration_s=4.0,
        users=None if opened else 1,
        offered_per_s=1.0 if opened else None,
    )


def sent(shop: Shop, counted: PhaseTally) -> SessionClient:
    client = SessionClient(shop, Flow(STEPS), seed=1)  # type: ignore[arg-type]  # what is used of it
    client.run(SESSION, intended_s=counted.begin_s, tally=counted, clock=shop)
    return client


def test_a_step_is_due_when_the_answer_before_it_came_and_the_thinking_is_over() -> None:
    shop, counted = Shop(), tally()
    sent(shop, counted)

    # 0.25 s late and 2 s on its way: both are the step's, and none of it is the next one's.
    assert shop.due_s == [100.0, 100.0 + 2.25 + 5, 107.25 + 2.25 + 1]
    assert shop.slept_s == shop.due_s
    assert (
        list(map(float.__sub__, counted.samples.ended_s, counted.samples.intended_s))
        == [pytest.approx(2.25)] * 3
    )


def test_every_moment_of_a_session_belongs_to_one_step_or_think_time() -> None:
    shop, counted = Shop(), tally()
    sent(shop, counted)
    whole_s = counted.samples.ended_s[-1] - 100.0

    assert counted.sessions.waited_s[0] + sum(SESSION.thinks_s) == pytest.approx(whole_s)
    assert counted.sessions.waited_s[0] == pytest.approx(3 * 2.25)


def test_what_an_answer_brings_is_in_the_steps_after_it() -> None:
    shop = Shop()
    sent(shop, tally())

    assert [(one.method, one.target) for one in shop.orders] == [
        ("POST", "/in"),
        ("GET", "/4"),
        ("POST", "/"),
    ]
    assert shop.orders[1].headers == "Cookie: sid=s1\r\n"
    assert shop.orders[2].body == b'{"row":7}'


def test_a_session_ends_with_the_first_step_that_is_not_answered_well() -> None:
    shop, counted = Shop(outcomes={"look": "failed"}), tally()
    sent(shop, counted)
    counts = counted.counts()
    flow = counts.flow

    assert [one.call.name for one in shop.orders] == ["in", "look"]
    assert flow is not None
    assert (flow.sessions, flow.broken, flow.planned, flow.sent) == (1, 1, 3, 2)
    # What broke is the system's doing, and no rate that was not kept.
    assert counts.achieved_per_s == 3 / 4.0


def test_a_session_of_a_closed_loop_is_given_up_at_its_end_and_users_never_think() -> None:
    shop, counted = Shop(), tally(opened=False)
    sent(shop, counted)

    assert (len(shop.orders), len(counted.sessions)) == (1, 0)

    shop, counted = Shop(), tally(time.monotonic() - 3.9, opened=False)
    client = SessionClient(shop, Flow(STEPS), seed=1)  # type: ignore[arg-type]  # see above
    client.repeat(random.Random(1), counted)  # noqa: S311 -- not for secrets

    assert shop.due_s[0] < counted.until_s
