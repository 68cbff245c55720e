"""What a users file has, and a sentence for each thing of it that is not used."""

from pathlib import Path

import pytest

from loadtests.command.users_option import own_users
from testcontainers_fixtures.errors import SpecError

MANY = """
from locust import (
    FastHttpUser, HttpUser, LoadTestShape, SequentialTaskSet, TaskSet, constant_pacing, events,
    tag, task,
)
print("a file may say something")

@events.spawning_complete.add_listener
def spawned(**_):
    pass

@events.test_start.add_listener
def started(**_):
    pass

class Ramp(LoadTestShape):
    def tick(self):
        return None

class Forum(TaskSet):
    @task(3)
    def read(self):
        pass

    @task
    class Thread(TaskSet):
        @task
        def write(self):
            self.interrupt()

class Order(SequentialTaskSet):
    @task
    def fill(self):
        pass

    @task
    def pay(self):
        pass

class Reader(HttpUser):
    weight = 3
    wait_time = constant_pacing(2)
    tasks = {Forum: 2, Order: 1}

class Writer(FastHttpUser):
    host = "http://shop.example"
    fixed_count = 2

    @tag("slow")
    @task
    def write(self):
        pass
"""
MARKOV = """
from locust import HttpUser, MarkovTaskSet, transition

class Walk(MarkovTaskSet):
    @transition("look")
    def look(self):
        pass

class Walker(HttpUser):
    tasks = [Walk]
"""


def test_tasks_have_the_weights_by_which_locust_would_pick_them(tmp_path: Path) -> None:
    file = tmp_path / "many.py"
    file.write_text(MANY)

    users = own_users(file)

    assert users.tasks == pytest.approx(
        {
            "Reader.Forum.read": 3 * 2 / 3 * 3 / 4,
            "Reader.Forum.Thread.write": 3 * 2 / 3 / 4,
            "Reader.Order": 1.0,
            "Writer.write": 1.0,
        }
    )
    assert users.clients == ("HttpUser's, of requests", "FastHttpUser's, of geventhttpclient")


def test_what_does_not_happen_as_locust_has_it_is_said_in_a_sentence_each(tmp_path: Path) -> None:
    file = tmp_path / "many.py"
    file.write_text(MANY)

    notes = own_users(file).notes

    assert [note.split(":", maxsplit=1)[0] for note in notes] == [
        "The shape Ramp is not used",
        "wait_time of Reader is not used",
        "fixed_count of Writer is not used",
        "host of Writer is not used",
        "@tag is not used",
        "The tasks of Forum and Thread arrive one by one, each by its weight",
        "Order is one task",
        "Nothing is told to what listens to locust's spawning_complete.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MARKOV, "Walk is a MarkovTaskSet, whose tasks cannot arrive one by one"),
        ("from locust import HttpUser\nclass Idle(HttpUser):\n    pass\n", "Idle has no task"),
        ("import os\nos._exit(4)\n", "ended the process that imports it"),
    ],
    ids=["markov", "no task", "dies"],
)
def test_a_file_that_cannot_run_here_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "users.py"
    file.write_text(text)

    with pytest.raises(SpecError, match=said):
        own_users(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"no .*users\.py is there"):
        own_users(tmp_path / "users.py")
