"""A stack that is held ends at a Ctrl-C, at whatever step of the waiting that comes."""

import subprocess
import sys

ROUNDS = 5_000
# A process of its own: signals are its own, and it can be given up where it hangs.
HELD = f"""
import random
import signal
from types import SimpleNamespace

import testcontainers_fixtures.__main__ as command

command.LOOK_EVERY_S = 1e-6
stack = SimpleNamespace(ended=dict)
for round in range({ROUNDS}):
    asked = command._asked_to_end()
    signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-4, 5e-4))
    command._hold_until(asked, stack)
"""


def test_a_ctrl_c_is_heard_whatever_step_it_interrupts() -> None:
    subprocess.run([sys.executable, "-c", HELD], check=True, timeout=30)
