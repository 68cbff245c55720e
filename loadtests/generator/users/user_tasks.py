"""The tasks of user classes, as what arrives by itself: each with its weight, and how it is run.

A TaskSet is taken apart: its tasks arrive one by one, as often as locust would pick them. A
SequentialTaskSet is one task, from its first step to its last.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from locust import SequentialTaskSet, TaskSet
from locust.user.task import is_markov_taskset

from loadtests.plan.own_users import OPTION
from testcontainers_fixtures.errors import SpecError

Step = Callable[[Any], object]
_FIRST: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTask:
    """A task of a user class: its steps, called with the user, or with the last of `task_sets`."""

    name: str
    user: type[Any]
    weight: float
    steps: tuple[Step, ...]
    task_sets: tuple[type[Any], ...] = ()


def tasks_of(users: Sequence[type[Any]]) -> Iterator[UserTask]:
    """Yield the tasks of user classes; raise SpecError for a class that has none to be run."""
    named: Counter[str] = Counter()
    for user in users:
        whole = UserTask(name=user.__name__, user=user, weight=float(user.weight), steps=())
        for one in _inside(whole, user):
            named[one.name] += 1
            again = named[one.name] > _FIRST
            yield replace(one, name=f"{one.name} ({named[one.name]})") if again else one


def _inside(whole: UserTask, holder: type[Any]) -> Iterator[UserTask]:
    if is_markov_taskset(holder):
        raise SpecError(
            f"{OPTION}: {holder.__name__} is a MarkovTaskSet, whose tasks cannot arrive one by "
            f"one; make it a SequentialTaskSet, or a flow with branches in the stack file."
        )
    tasks = list(holder.tasks)
    if not tasks:
        raise SpecError(f"{OPTION}: {holder.__name__} has no task; mark a method with @task.")
    if issubclass(holder, SequentialTaskSet):
        yield replace(whole, steps=tuple(_plain(holder, tasks)))
        return
    for task, times in Counter(tasks).items():
        one = replace(
            whole,
            name=f"{whole.name}.{getattr(task, '__name__', 'task')}",
            weight=whole.weight * times / len(tasks),
        )
        if isinstance(task, type) and issubclass(task, TaskSet):
            yield from _inside(replace(one, task_sets=(*one.task_sets, task)), task)
        else:
            yield replace(one, steps=(task,))


def _plain(holder: type[Any], tasks: Sequence[Any]) -> Iterator[Step]:
    for task in tasks:
        if isinstance(task, type):
            raise SpecError(
                f"{OPTION}: {holder.__name__} is a sequence with the TaskSet {task.__name__} in "
                f"it, which has no end of its own; make that one a step."
            )
        yield task
