"""The doorway sees a port that closes and opens again, and when."""

import socket
import time

import pytest

from contract_tests.faults.port_monitor import LOOK_S, PortMonitor

HOST = "127.0.0.1"


def test_a_port_that_was_closed_is_seen_to_open_at_that_moment() -> None:
    listener = socket.create_server((HOST, 0))
    port = listener.getsockname()[1]
    with PortMonitor(f"amqp://user:secret@{HOST}:{port}/vhost") as door:
        time.sleep(3 * LOOK_S)
        assert door.reopened_s is None
        listener.close()
        time.sleep(4 * LOOK_S)
        with socket.create_server((HOST, port)):
            opened_s = time.monotonic()
            time.sleep(4 * LOOK_S)

    assert door.reopened_s == pytest.approx(opened_s + LOOK_S / 2, abs=2 * LOOK_S)
    assert "secret" not in repr(door)


def test_a_port_whose_proxy_hangs_up_is_closed_until_somebody_listens_behind_it() -> None:
    with socket.create_server((HOST, 0)) as proxy:
        proxy.settimeout(2.0)
        with PortMonitor(f"amqp://{HOST}:{proxy.getsockname()[1]}/vhost") as door:
            for _ in range(3):
                proxy.accept()[0].close()
            assert door.reopened_s is None
            behind, _ = proxy.accept()
            opened_s = time.monotonic()
            time.sleep(2 * LOOK_S)
            behind.close()

    assert door.reopened_s == pytest.approx(opened_s, abs=2 * LOOK_S)


def test_a_stack_without_a_broker_has_no_doorway_to_watch() -> None:
    with PortMonitor(None) as door:
        pass

    assert door.reopened_s is None
