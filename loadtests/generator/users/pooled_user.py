"""One user of a users file: made as locust makes it, with a client whose requests are counted."""

# mypy: allow-untyped-calls
# gevent's and locust's calls are typed in part only.

import os
from collections.abc import Callable, Iterable
from functools import wraps
from itertools import count
from typing import Any, Final

import gevent
from locust import FastHttpUser
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastHttpSession
from locust.user.task import LOCUST_STATE_RUNNING, DefaultTaskSet

from loadtests.generator.users.request_listener import RequestListener, unanswered
from loadtests.generator.users.task_execution import MARK, TaskExecution, reason_of_error
from loadtests.generator.users.user_tasks import UserTask
from testcontainers_fixtures.http_client.trust import VARIABLE

TRACE: Final = "traceparent"


class PooledUser:
    """A user that has started: one task at a time, whose requests `execution` counts."""

    def __init__(
        self,
        user: Any,  # noqa: ANN401 -- locust's
        rules: "ClientRules",
        task_sets: Iterable[tuple[type[Any], ...]],
    ) -> None:
        self.user = user
        self.execution: TaskExecution | None = None
        self._rules = rules
        self._wanted = tuple(task_sets)
        self._task_sets: dict[tuple[type[Any], ...], Any] = {}

    def __repr__(self) -> str:
        """Show whose it is and what it does."""
        return f"<PooledUser {type(self.user).__name__}, {self.execution or 'idle'}>"

    def start(self) -> None:
        """Have it begin, as locust does: with on_start, of which nothing is counted."""
        self.user._state = LOCUST_STATE_RUNNING  # noqa: SLF001 -- what User.wait reads
        self.user._taskset_instance = DefaultTaskSet(self.user)  # noqa: SLF001 -- likewise
        self.user.on_start()
        for task_sets in self._wanted:
            self._holder(task_sets)
        client = getattr(self.user, "client", None)
        if isinstance(client, HttpSession | FastHttpSession):
            self._count(client)

    def run(self, task: UserTask) -> None:
        """Run the steps of a task."""
        holder = self._holder(task.task_sets)
        for step in task.steps:
            step(holder)

    def stop(self) -> None:
        """Have it end, as locust does."""
        for task_set in reversed(self._task_sets.values()):
            task_set.on_stop()
        self.user.on_stop()

    def _holder(self, task_sets: tuple[type[Any], ...]) -> Any:  # noqa: ANN401 -- locust's
        """Return what a task is called with: the user, or the TaskSet that it stands in."""
        if not task_sets:
            return self.user
        if task_sets not in self._task_sets:
            made = task_sets[-1](self._holder(task_sets[:-1]))
            made.on_start()
            self._task_sets[task_sets] = made
        return self._task_sets[task_sets]

    def _count(self, client: Any) -> None:  # noqa: ANN401 -- locust's
        """Have each request of a client known to the task that makes it."""
        send: Callable[..., Any] = client.request
        rules = self._rules
        if isinstance(client, HttpSession) and client.verify is True:
            client.verify = os.environ.get(VARIABLE) or True

        @wraps(send)
        def request(method: str, url: str, *more: Any, **named: Any) -> Any:  # noqa: ANN401 -- locust's
            execution = self.execution
            if execution is None or not execution.is_here:
                return send(method, url, *more, **named)
            name = named.get("name") or (more[0] if more else None) or client.request_name or url
            asked = execution.ask(rules.listener.call_of(method, name), next(rules.numbers))
            named["context"] = {**(named.get("context") or {}), MARK: asked}
            if isinstance(client, HttpSession):
                named.setdefault("timeout", rules.answer_within_s)
            headers = dict(named.get("headers") or {})
            if not any(str(one).lower() == TRACE for one in headers):
                parent = execution.tally.trace_ids.parent(asked.number)
                named["headers"] = headers | {TRACE: parent}
            try:
                response = send(method, url, *more, **named)
            except gevent.Timeout as late:
                execution.fail(reason_of_error(late), "unknown")
                raise
            finally:
                asked.ends()
            asked.unanswered = unanswered(response)
            return response

        client.request = request


class ClientRules:
    """What all users' clients have in common: who counts, and how long is waited."""

    def __init__(self, listener: RequestListener, *, answer_within_s: float) -> None:
        self.listener = listener
        self.answer_within_s = answer_within_s
        self.numbers = count(1)

    def __repr__(self) -> str:
        """Show the bound."""
        return f"<ClientRules {self.answer_within_s:g} s>"

    def bound(self, user: type[Any]) -> None:
        """Have users of a class wait no longer than that for an answer."""
        if issubclass(user, FastHttpUser):
            user.network_timeout = min(user.network_timeout, self.answer_within_s)
            user.connection_timeout = min(user.connection_timeout, self.answer_within_s)
