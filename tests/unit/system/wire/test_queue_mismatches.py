"""What calls have to fear from a work queue that operations declared."""

from typing import Any

import pytest

from system.wire import topology
from system.wire.queue_mismatches import dangers, properties

OURS = properties(topology.WORK)


def test_our_own_queue_is_not_feared() -> None:
    assert list(dangers(OURS, OURS)) == []


@pytest.mark.parametrize(
    "harmless",
    [
        pytest.param({"x-queue-type": "quorum"}, id="a quorum queue"),
        pytest.param({"x-max-priority": 3}, id="priorities"),
        pytest.param({"x-expires": None}, id="it never goes"),
        pytest.param({"x-max-length-bytes": None}, id="one bound of two"),
        pytest.param({"x-max-length": None}, id="the other bound"),
        pytest.param({"x-overflow": "reject-publish-dlx"}, id="refused ones are kept"),
        pytest.param({"durable": False}, id="it is declared anew after a restart"),
    ],
)
def test_what_changes_nothing_for_calls_is_not_feared(harmless: dict[str, Any]) -> None:
    assert list(dangers(OURS | harmless, OURS)) == []


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param(
            {"x-max-length": None, "x-max-length-bytes": None}, "nothing bounds it", id="no bound"
        ),
        pytest.param({"x-overflow": None}, "dropped without a word", id="the broker's default"),
        pytest.param({"x-overflow": "drop-head"}, "dropped without a word", id="drops the oldest"),
        pytest.param({"x-single-active-consumer": True}, "one resolver at a time", id="one"),
        pytest.param({"x-message-ttl": 0}, "dropped after 0 ms", id="a time to live"),
        pytest.param({"x-dead-letter-exchange": "x"}, "exchange 'x'", id="its own dead letters"),
        pytest.param({"auto_delete": True}, "with the last resolver", id="it goes"),
    ],
)
def test_what_calls_have_to_fear_is_said(found: dict[str, Any], said: str) -> None:
    [danger] = dangers(OURS | found, OURS)

    assert said in danger
