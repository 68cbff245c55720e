"""Looks at a users file in a process of its own: `python -m ...users.users_check FILE`.

Writes on standard output what the file has, or why it cannot be used; what the file itself prints
goes to standard error.
"""

import sys
from contextlib import redirect_stdout
from pathlib import Path

from locust import FastHttpUser, HttpUser

from loadtests.generator.users.unused_parts import unused_parts
from loadtests.generator.users.users_file import users_file
from loadtests.plan.own_users import OPTION, Look, OwnUsers, UsersFound, UsersRefusal, look_encoded
from testcontainers_fixtures.errors import SpecError


def looked_at(file: Path) -> Look:
    """Return what a users file has, or why it cannot be used."""
    try:
        found = users_file(file)
    except SpecError as error:
        return UsersRefusal(sentence=str(error))
    tasks = {task.name: task.weight for task in found.tasks if task.weight > 0}
    if not tasks:
        return UsersRefusal(
            sentence=f"{OPTION} {file}: all its users have the weight 0; raise one."
        )
    return UsersFound(
        users=OwnUsers(
            file=file,
            tasks=tasks,
            clients=tuple(dict.fromkeys(map(_client, found.users))),
            notes=tuple(unused_parts(found)),
        )
    )


def _client(user: type) -> str:
    if issubclass(user, FastHttpUser):
        return "FastHttpUser's, of geventhttpclient"
    return "HttpUser's, of requests" if issubclass(user, HttpUser) else f"{user.__name__}'s own"


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        answer = look_encoded(looked_at(Path(sys.argv[1])))
    sys.stdout.buffer.write(b"\n" + answer)
