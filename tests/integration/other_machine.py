"""Runs a module as if on another machine: another boot, and clocks that show another time.

python other_machine.py SKEW_S -m system.rpc
"""

import runpy
import sys
import time

from system import boot

# Whatever the two machines' monotonic clocks count from, it is not the same.
BOOTED_S = 123_456.0

skew_s, module = float(sys.argv[1]), sys.argv[3]
_wall, _monotonic = time.time, time.monotonic
time.time = lambda: _wall() + skew_s
time.monotonic = lambda: _monotonic() + BOOTED_S
boot.BOOT = "another-machine"
sys.argv = [module]
runpy.run_module(module, run_name="__main__", alter_sys=True)
