"""What an operator can do to a broker through its management API."""

import re
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import httpx

from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.faults.targets import no_broker
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Broker

ANSWER_S: Final = 5.0
POLL_S: Final = 0.05
# The harness's own user may steer everything, and has no right to a queue until it gives it itself.
RIGHTS: Final = {"configure": ".*", "write": "^$", "read": "^$"}


class Operator:
    """Looks at one vhost of a broker and breaks what is in it. Made by `operator_of`."""

    def __init__(self, http: httpx.Client, broker: Broker, user: str) -> None:
        self._http = http
        self._vhost = quote(broker.vhost, safe="")
        self._user = quote(user, safe="")
        self.work_queues = broker.queues

    def connections(self) -> list[str]:
        """Return the names of the connections to the vhost."""
        # Without statistics the answer is of this moment, not of their last interval.
        found = self._got("/api/connections", disable_stats="true")
        return [str(one["name"]) for one in found if quote(one["vhost"], safe="") == self._vhost]

    def connections_told(self) -> set[str]:
        """Return the names of the connections of which the broker has told statistics."""
        return {str(one["name"]) for one in self._got("/api/connections") if "channels" in one}

    def close_connection(self, name: str) -> None:
        """End a connection from the broker's side; one that has gone meanwhile is left alone.

        So is one of which no statistics were told yet: the broker does not find it.
        """
        self._done("DELETE", f"/api/connections/{quote(name, safe='')}", gone=True)

    def exclusive_queues(self) -> list[str]:
        """Return the names of the queues that are a connection's own."""
        queues = self._got(f"/api/queues/{self._vhost}")
        return [str(one["name"]) for one in queues if one.get("exclusive")]

    def owners_of_exclusive_queues(self) -> list[str]:
        """Return the names of the connections that have a queue of their own."""
        # A list leaves the owner out; a single queue tells it, some seconds after its start.
        owners = [self._owner(name) for name in self.exclusive_queues()]
        return sorted({owner for owner in owners if owner})

    def _owner(self, queue: str) -> str | None:
        answer = self._http.get(f"/api/queues/{self._vhost}/{quote(queue, safe='')}")
        details = answer.json().get("owner_pid_details") if answer.is_success else None
        return str(details["name"]) if details else None

    def consumer_tags(self, queues: Collection[str]) -> list[str]:
        """Return what the consumers of some queues are called; each has a name of its own."""
        found = self._got(f"/api/consumers/{self._vhost}")
        return [str(one["consumer_tag"]) for one in found if one["queue"]["name"] in queues]

    def transient_queue(self) -> int:
        """Declare a transient queue that is not exclusive, delete it; return the status of that."""
        path = f"/api/queues/{self._vhost}/transient-{secrets.token_hex(4)}"
        with self._rights():
            status = self._http.put(path, json={"durable": False}).status_code
            self._done("DELETE", path, gone=True)
        return status

    def policies(self) -> list[str]:
        """Return what is set for the vhost's queues, each as it stands."""
        return [str(one["definition"]) for one in self._got(f"/api/policies/{self._vhost}")]

    @contextmanager
    def limited(self, queues: Collection[str], *, most: int) -> Iterator[None]:
        """Have queues hold at most so many messages each, and refuse what is published beyond."""
        path = f"/api/policies/{self._vhost}/limited-{secrets.token_hex(4)}"
        rule = {"max-length": most, "overflow": "reject-publish"}
        policy = {
            "pattern": f"^({'|'.join(map(re.escape, queues))})$",
            "definition": rule,
            "apply-to": "queues",
        }
        self._done("PUT", path, policy)
        try:
            yield
        finally:
            self._done("DELETE", path, gone=True)

    def delete_queue(self, queue: str) -> None:
        """Delete a queue with all that is in it."""
        with self._rights():
            self._done("DELETE", f"/api/queues/{self._vhost}/{quote(queue, safe='')}")

    def alarmed(self) -> bool:
        """Tell whether a resource alarm is in effect, which blocks whoever publishes."""
        status = self._http.get("/api/health/checks/alarms").status_code
        return status == HTTPStatus.SERVICE_UNAVAILABLE

    @contextmanager
    def _rights(self) -> Iterator[None]:
        path = f"/api/permissions/{self._vhost}/{self._user}"
        self._done("PUT", path, RIGHTS)
        try:
            yield
        finally:
            self._done("DELETE", path, gone=True)

    def _got(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        answer = self._http.get(path, params=parameters)
        _require(answer, answer.is_success)
        found: list[dict[str, Any]] = answer.json()
        return found

    def _done(self, method: str, path: str, body: object = None, *, gone: bool = False) -> None:
        answer = self._http.request(method, path, json=body)
        _require(answer, answer.is_success or (gone and answer.status_code == HTTPStatus.NOT_FOUND))


@contextmanager
def operator_of(stack: Stack, *, answer_s: float = ANSWER_S) -> Iterator[Operator]:
    """Give an operator of the stack's broker; raise NotApplicableError for a stack without one."""
    if stack.management is None or stack.spec.broker is None:
        raise no_broker(stack)
    user = unquote(urlsplit(stack.management).username or "")
    with httpx.Client(base_url=stack.management, timeout=answer_s, trust_env=False) as http:
        yield Operator(http, stack.spec.broker, user)


def await_that(condition: Callable[[], bool], *, timeout_s: float, what: str) -> None:
    """Return once a condition holds; raise StackError saying what did not come about."""
    until_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until_s:
            raise StackError(f"Expected {what} within {timeout_s:.1f} s; it did not come about.")
        time.sleep(POLL_S)


def _require(answer: httpx.Response, fine: bool) -> None:  # noqa: FBT001 -- the one thing asked
    if not fine:
        # The request's URL holds a password; its path does not.
        raise StackError(
            f"Expected RabbitMQ's management API to do {answer.request.method} "
            f"{answer.request.url.path}; seen: {answer.status_code} {answer.text[:200]}"
        )
