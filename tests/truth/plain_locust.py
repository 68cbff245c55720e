"""Locust as anybody would use it: FastHttpUser, ten requests a second each; what it costs.

`locust -f plain_locust.py --headless -H URL -u USERS -r USERS -t TIME --cost FILE`; the file gets
requests and CPU seconds from the moment at which all users were there until the end.
"""

# mypy: allow-untyped-calls, disable-error-code="misc, untyped-decorator"
# locust is typed in part only.

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant_throughput, events, task

_begun: dict[str, float] = {}


class Plain(FastHttpUser):
    """Asks ten times a second, as far as the answers allow."""

    wait_time = constant_throughput(10)

    @task
    def ask(self) -> None:
        """Send the one request."""
        self.client.get("/now")


@events.init_command_line_parser.add_listener
def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--cost", type=Path, required=True, help="where the cost is written")


@events.init.add_listener
def _watched(environment: Any, **_: object) -> None:  # noqa: ANN401 -- locust's
    environment.events.spawning_complete.add_listener(lambda **_: _note(environment))


@events.test_stop.add_listener
def _cost(environment: Any, **_: object) -> None:  # noqa: ANN401 -- locust's
    cpu_s = time.process_time() - _begun["cpu_s"]
    requests = environment.stats.total.num_requests - _begun["requests"]
    text = json.dumps({"requests": requests, "cpu_s": cpu_s})
    environment.parsed_options.cost.write_text(text, encoding="utf-8")


def _note(environment: Any) -> None:  # noqa: ANN401 -- locust's
    _begun.update(cpu_s=time.process_time(), requests=environment.stats.total.num_requests)
