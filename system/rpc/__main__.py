"""Starts a resolver: `python -m system.rpc`."""

import sys

import uvloop

from system import memory
from system.rpc.process import run
from system.settings import SettingsError

if __name__ == "__main__":
    memory.settle()
    try:
        uvloop.run(run())
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
