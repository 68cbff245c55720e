"""Broken messages are addressed as good ones are, so that a consumer looks at their bytes."""

from typing import Any, cast

import pytest

from contract_tests.hops.wiretap import TappedMessage
from contract_tests.test_wire import WorkQueue

NOBODY = cast("Any", None)  # who is not asked here


def queue(key: str) -> WorkQueue:
    good = TappedMessage(
        delivered=True,
        key=key,
        body=b"{}",
        correlation_id="",
        reply_to="",
        queue="users",
        properties=b"{}",
    )
    return WorkQueue(NOBODY, NOBODY, good)


def test_behind_an_exchange_the_key_is_that_of_a_good_call() -> None:
    key, properties = queue("users.list").addressed({"priority": b"\x01"})

    assert key == "users.list"
    assert properties["priority"] == b"\x01"
    assert b"CC" in properties["headers"]
    assert b"users" in properties["headers"]


@pytest.mark.parametrize("key", ["users", ""])
def test_without_one_it_is_the_queue(key: str) -> None:
    assert queue(key).addressed({"priority": b"\x01"}) == ("users", {"priority": b"\x01"})


def test_headers_that_are_broken_themselves_stay_as_they_are() -> None:
    broken = {"headers": b"\xff"}

    assert queue("users.list").addressed(broken) == ("users", broken)
