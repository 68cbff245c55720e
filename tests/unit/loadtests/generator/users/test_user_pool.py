"""Users that have started are lent in turn, and one more is counted where none is idle."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from loadtests.generator.users.user_pool import HEAD_ROOM, UserPool, UserStartError


class Shopper:
    """A user class, as the file has it."""


class Clerk:
    """Another one."""


@dataclass
class Lent:
    """A user that notes what is done with it."""

    user: Any
    refuses: bool = False
    done: list[str] = field(default_factory=list)

    def start(self) -> None:
        if self.refuses:
            raise ConnectionError("nobody is let in")
        self.done.append("started")

    def stop(self) -> None:
        self.done.append("stopped")


def pool(made: list[Lent], *, refuses: bool = False) -> UserPool:
    def make(user: type[Any]) -> Any:  # noqa: ANN401 -- a user
        made.append(Lent(user(), refuses=refuses))
        return made[-1]

    return UserPool({Shopper: 0.75, Clerk: 0.25}, make)


def test_each_class_has_its_share_of_the_users_and_a_few_more() -> None:
    made: list[Lent] = []
    pool(made).open(40)

    counts = [sum(type(one.user) is kind for one in made) for kind in (Shopper, Clerk)]
    assert counts == [30 + HEAD_ROOM, 10 + HEAD_ROOM]
    assert all(one.done == ["started"] for one in made)


def test_users_are_lent_in_turn() -> None:
    made: list[Lent] = []
    users = pool(made)
    users.open(2)

    first = users.take(Shopper)
    users.give_back(first)

    assert users.take(Shopper) is not first
    assert users.take(Shopper) is first
    assert users.waits == 0


def test_where_none_is_idle_one_more_starts_and_is_counted() -> None:
    made: list[Lent] = []
    users = pool(made)
    users.open(1)
    users.take(Clerk)

    users.take(Clerk)

    assert users.waits == 1
    assert len(made) == 3


def test_a_smaller_phase_keeps_fewer_in_turn_and_loses_none() -> None:
    made: list[Lent] = []
    users = pool(made)
    users.open(40)
    users.open(1)

    taken = [users.take(Shopper) for _ in range(30)]

    assert len({id(one) for one in taken}) == 30
    assert users.waits == 0


def test_a_user_that_cannot_start_is_told_with_its_reason() -> None:
    users = pool([], refuses=True)

    with pytest.raises(UserStartError, match=r"on_start raised ConnectionError: nobody is let in"):
        users.open(2)


def test_all_are_stopped_in_the_end() -> None:
    made: list[Lent] = []
    users = pool(made)
    users.open(3)
    users.close()

    assert all(one.done == ["started", "stopped"] for one in made)
