"""For how long each side of the channel bears that the other says nothing, in seconds."""

from typing import Final

# Locust counts down from 3, a second each, since it last heard of a worker, and takes one second
# more to call it missing. One whose machine had no time for it for some seconds more has not left.
LEAST_HEARTBEAT: Final = -7
MASTER_BEARS_S: Final = 12.0
# A master answers a heartbeat a second, and for some seconds none while it adds up a large phase.
WORKER_BEARS_S: Final = 20.0
# A worker looks at its clock once a second, and then ends.
LOOKS_EVERY_S: Final = 1.0
_ENDS_WITHIN_S: Final = 1.0
# So long a worker that its master has given up may still be sending.
LINGERS_S: Final = WORKER_BEARS_S - MASTER_BEARS_S + LOOKS_EVERY_S + _ENDS_WITHIN_S
