"""Whatever the broker's client raises while a call is published becomes what that surely means."""

import pytest
from aio_pika.exceptions import ChannelInvalidStateError
from aiormq.exceptions import (
    AMQPConnectionError,
    ChannelAccessRefused,
    ChannelClosed,
    DeliveryError,
)
from pamqp.commands import Basic

from system.wire.rpc_client import _broker_trouble
from system.wire.rpc_errors import BrokerDownError, OutcomeUnknownError, OverloadError, RpcError


@pytest.mark.parametrize(
    ("raised", "means"),
    [
        pytest.param(DeliveryError(None, Basic.Nack()), OverloadError, id="the queue is full"),
        pytest.param(
            ChannelInvalidStateError("closed"),
            BrokerDownError,
            id="closed before anything was sent",
        ),
        pytest.param(AMQPConnectionError(), OutcomeUnknownError, id="the connection broke off"),
        pytest.param(ConnectionResetError(), OutcomeUnknownError, id="the socket broke off"),
        pytest.param(ChannelClosed(504, "x"), OutcomeUnknownError, id="the channel was closed"),
        # It may be another's on the same channel that was refused, and this one was taken.
        pytest.param(ChannelAccessRefused("x"), OutcomeUnknownError, id="a right was taken away"),
    ],
)
def test_each_error_has_its_fault(raised: Exception, means: type[RpcError]) -> None:
    with pytest.raises(means), _broker_trouble(OutcomeUnknownError()):
        raise raised
