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
from system.wire.rpc_errors import BrokerDown, Fault, OutcomeUnknown, Overload


@pytest.mark.parametrize(
    ("raised", "means"),
    [
        pytest.param(DeliveryError(None, Basic.Nack()), Overload, id="the queue is full"),
        pytest.param(
            ChannelInvalidStateError("closed"), BrokerDown, id="closed before anything was sent"
        ),
        pytest.param(AMQPConnectionError(), OutcomeUnknown, id="the connection broke off"),
        pytest.param(ConnectionResetError(), OutcomeUnknown, id="the socket broke off"),
        pytest.param(ChannelClosed(504, "x"), OutcomeUnknown, id="the channel was closed"),
        # It may be another's on the same channel that was refused, and this one was taken.
        pytest.param(ChannelAccessRefused("x"), OutcomeUnknown, id="a right was taken away"),
    ],
)
def test_each_error_has_its_fault(raised: Exception, means: type[Fault]) -> None:
    with pytest.raises(means), _broker_trouble(OutcomeUnknown()):
        raise raised
