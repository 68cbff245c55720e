"""Runs the tasks of a users file when they are due, each with an idle user of its class."""

# mypy: allow-untyped-calls
# gevent's and locust's calls are typed in part only.

import logging
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import gevent
from locust.event import EventHook
from locust.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)

from loadtests.generator.recorder import PhaseTally
from loadtests.generator.users.pooled_user import ClientRules, PooledUser
from loadtests.generator.users.request_listener import RequestListener
from loadtests.generator.users.task_execution import (
    UNDER_WAY,
    TaskExecution,
    hear_sleeps,
    reason_of_error,
)
from loadtests.generator.users.user_pool import UserPool, UserStartError
from loadtests.generator.users.user_tasks import UserTask
from loadtests.generator.users.users_file import UsersFile, users_file
from loadtests.plan.plan import Plan, PlannedCall

# What a file may listen to that locust has told already when the file is imported.
_TOLD_BEFORE: Final = ("init", "test_start")
# To write an error down takes the generator as long as a request.
_MOST_WRITTEN: Final = 20
_CUT: Final = "it was not over when its phase was"
_LEFT: Final = (StopUser, StopTest)
_OVER: Final = (InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately)


class TaskRunner:
    """Runs tasks; any number of greenlets may do so at once."""

    def __init__(
        self, tasks: Sequence[UserTask], calls: Sequence[PlannedCall], pool: UserPool
    ) -> None:
        self._tasks = {task.name: task for task in tasks}
        self._calls = list(calls)
        self._weights = [call.weight for call in calls]
        self._pool = pool
        self._written = 0

    def __repr__(self) -> str:
        """Show whose tasks they are."""
        return f"<TaskRunner {len(self._tasks)} tasks, {self._pool}>"

    @property
    def waits(self) -> int:
        """Return how many tasks found no idle user so far."""
        return self._pool.waits

    def open(self, users: int) -> None:
        """See that so many users have started."""
        self._pool.open(users)

    def run(self, call: PlannedCall, *, intended_s: float, tally: PhaseTally) -> None:
        """Run the task that a call stands for; what it raises is counted as its failure."""
        task = self._tasks[call.name]
        execution = TaskExecution(call, intended_s=intended_s, tally=tally)
        try:
            user = self._pool.take(task.user)
        except UserStartError as error:
            execution.fail(str(error))
        except gevent.GreenletExit:
            execution.fail(_CUT, "unknown")
            raise
        else:
            self._run(task, execution, user)
        finally:
            execution.close()

    def repeat(self, draw: random.Random, tally: PhaseTally) -> None:
        """Run one task after the other, by their weights, until the phase ends."""
        while (now_s := time.monotonic()) < tally.until_s:
            call = draw.choices(self._calls, self._weights)[0]
            self.run(call, intended_s=now_s, tally=tally)

    def close(self) -> None:
        """Have the users stop."""
        self._pool.close()

    def _run(self, task: UserTask, execution: TaskExecution, user: PooledUser) -> None:
        user.execution, execution.began_s = execution, time.monotonic()
        UNDER_WAY.set(execution)
        stays = False
        try:
            user.run(task)
            stays = True
        except _OVER:
            stays = True
        except _LEFT:  # it is not lent again
            pass
        except gevent.GreenletExit:
            execution.fail(_CUT, "unknown")
            raise
        except (Exception, gevent.Timeout) as error:  # noqa: BLE001 -- whatever a task raises is its failure
            self._write_down(task, error)
            execution.fail(reason_of_error(error))
            stays = True
        finally:
            UNDER_WAY.set(None)
            user.execution = None
            if stays:
                self._pool.give_back(user)

    def _write_down(self, task: UserTask, error: BaseException) -> None:
        """Leave the traceback of one of the first errors in the log."""
        self._written += 1
        if self._written <= _MOST_WRITTEN:
            logging.getLogger(__name__).error("task %s", task.name, exc_info=error)


def task_runner(plan: Plan, users: Path, environment: Any, *, part: int = 0) -> TaskRunner:  # noqa: ANN401 -- locust's
    """Import a plan's users file and return what runs its tasks.

    Raises SpecError for a file that cannot be used.
    """
    hear_sleeps()
    random.seed(f"{plan.seed} users {part}")
    found = users_file(users)
    _tell(found, environment)
    listener = RequestListener(plan)
    environment.events.request.add_listener(listener)
    rules = ClientRules(listener, answer_within_s=plan.timing.answer_within_s)
    for user in found.users:
        user.host = plan.host
        rules.bound(user)

    def made(user: type[Any]) -> PooledUser:
        task_sets = dict.fromkeys(task.task_sets for task in found.tasks if task.user is user)
        return PooledUser(user(environment), rules, filter(None, task_sets))

    return TaskRunner(found.tasks, plan.calls, UserPool(_shares(found.tasks), made))


def _tell(found: UsersFile, environment: Any) -> None:  # noqa: ANN401 -- locust's
    """Tell the file's own listeners what locust told before they were there."""
    for name in _TOLD_BEFORE:
        hook = EventHook()
        for listener in found.listeners.get(name, ()):
            hook.add_listener(listener)
        hook.fire(environment=environment, runner=environment.runner, web_ui=None)


def _shares(tasks: Sequence[UserTask]) -> dict[type[Any], float]:
    whole = sum(task.weight for task in tasks)
    shares: dict[type[Any], float] = {}
    for task in tasks:
        shares[task.user] = shares.get(task.user, 0.0) + task.weight / whole
    return shares
