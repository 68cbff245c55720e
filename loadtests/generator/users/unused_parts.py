"""Says what of a users file is not used, a sentence each, and what is used in its place."""

from collections.abc import Iterator
from typing import Any, Final

from locust import SequentialTaskSet, TaskSet, User

from loadtests.generator.users.users_file import UsersFile

# What a load process does of locust's own accord, or is done for the file when it is imported.
HEARD: Final = frozenset(
    {"request", "init", "test_start", "test_stopping", "test_stop", "quitting"}
)


def unused_parts(found: UsersFile) -> Iterator[str]:
    """Yield a sentence for each thing in a file that does not happen here as locust has it."""
    holders = (*found.users, *dict.fromkeys(one for t in found.tasks for one in t.task_sets))
    if found.shapes:
        yield (
            f"The shape {_listed(found.shapes)} is not used: --rate and --arrivals say how tasks "
            f"arrive."
        )
    if waiting := [one for one in holders if _waits(one)]:
        yield (
            f"wait_time of {_names(waiting)} is not used: in the open loop a task begins when it "
            f"is due, and in the closed one nobody waits."
        )
    if fixed := [one for one in found.users if one.fixed_count]:
        yield f"fixed_count of {_names(fixed)} is not used: weights say which user's task arrives."
    if shared := [one for one in found.users if _shares_connections(one)]:
        yield (
            f"The users of {_names(shared)} share connections: a wait for one is part of a "
            f"latency, and no gate tells it."
        )
    if hosts := [one for one in found.users if one.host]:
        yield f"host of {_names(hosts)} is not used: what is loaded was named to this command."
    if any(_tagged(step) for task in found.tasks for step in (*task.steps, *task.task_sets)):
        yield "@tag is not used: every task arrives."
    yield from _of_task_sets([one for one in holders if issubclass(one, TaskSet)])
    if unheard := sorted(set(found.listeners) - HEARD):
        yield f"Nothing is told to what listens to locust's {_listed(unheard)}."


def _of_task_sets(task_sets: list[type[Any]]) -> Iterator[str]:
    if mixed := [one for one in task_sets if not issubclass(one, SequentialTaskSet)]:
        yield (
            f"The tasks of {_names(mixed)} arrive one by one, each by its weight: nobody stays in "
            f"a TaskSet, and interrupt() ends a task."
        )
    if ordered := [one for one in task_sets if issubclass(one, SequentialTaskSet)]:
        yield f"{_names(ordered)} is one task: all its steps, one after the other."


def _waits(holder: type[Any]) -> bool:
    """Tell whether a user or a TaskSet has a wait time of its own."""
    usual = (User.wait_time, TaskSet.wait_time)
    return holder.wait_time not in usual or holder.min_wait is not None


def _shares_connections(user: type[Any]) -> bool:
    return any(getattr(user, name, None) for name in ("client_pool", "pool_manager"))


def _tagged(step: object) -> bool:
    return bool(getattr(step, "locust_tag_set", None))


def _names(classes: list[type[Any]]) -> str:
    return _listed([one.__name__ for one in classes])


def _listed(names: "list[str] | tuple[str, ...]") -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
