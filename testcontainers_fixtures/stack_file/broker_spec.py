"""The RabbitMQ of a stack file: its vhost, its user, and the queues that are watched."""

import re
from typing import Annotated, Final

from msgspec import Meta, Struct

from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.stack_file.image_spec import ImageName
from testcontainers_fixtures.stack_file.spec_fields import LocalPath

Vhost = Annotated[str, Meta(pattern=r"^[^\s{}]{1,120}$")]
# As a compose file may have it, in capitals too.
User = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,40}$")]
Queue = Annotated[str, Meta(min_length=1, max_length=255)]


Plugin = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
# What the harness itself sets, and relies on.
OURS: Final = re.compile(r"\s*(?:listeners\.|management\.tcp\.|load_definitions\b|definitions\.)")
NEW_KEYS: Final = (
    *("image", "plugins", "definitions", "conf", "permissions", "password", "aliases", "compose"),
    "work_queues",
)


class Permissions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the user may do on the vhost: regular expressions of names, as RabbitMQ has them."""

    configure: str = ".*"
    write: str = ".*"
    read: str = ".*"

    def __post_init__(self) -> None:
        """Refuse what is no regular expression."""
        for key in ("configure", "write", "read"):
            try:
                re.compile(getattr(self, key))
            except re.error as error:
                raise KeyedError(f"no regular expression: {error}", key) from error


class Broker(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The RabbitMQ of the stack: one vhost, and a user with rights on it alone.

    `work_queue`, or each of `work_queues`, is a queue from which calls are taken. `image`
    (containers alone) and `plugins` are the team's, `definitions` is its export of exchanges,
    queues, vhosts and more, and `conf` are lines behind the rabbitmq.conf. The password is made up
    unless it is said. `compose` is the service of the compose file that this broker stands for, and
    `aliases` are the names by which parts reach it beside `broker`.
    """

    vhost: Vhost
    user: User
    password: Annotated[str, Meta(min_length=1)] | None = None
    image: ImageName | None = None
    plugins: tuple[Plugin, ...] = ()
    definitions: LocalPath | None = None
    conf: tuple[str, ...] = ()
    permissions: Permissions | None = None
    aliases: tuple[str, ...] = ()
    compose: str | None = None
    work_queue: Queue | None = None
    work_queues: tuple[Queue, ...] = ()

    def __post_init__(self) -> None:
        """Refuse no queue, and both ways to name one."""
        if (self.work_queue is None) == (not self.work_queues):
            raise ValueError(
                "broker names the queues that calls are taken from, as `work_queue`"
                " where it is one, else as `work_queues`"
            )
        if taken := next((line for line in self.conf if OURS.match(line)), None):
            raise KeyedError(
                f"a line of `conf` sets what the harness sets itself, as where the broker listens"
                f" and its `definitions`; seen: {taken!r}",
                "conf",
            )

    @property
    def newer(self) -> str:
        """Return what of it needs the second format; "" where nothing does."""
        plain = Broker(vhost="/", user="x", work_queue="x")
        used = [key for key in NEW_KEYS if getattr(self, key) != getattr(plain, key)]
        return f"`{used[0]}` of [broker]" if used else ""

    @property
    def queues(self) -> tuple[str, ...]:
        """Return the queues that calls are taken from, one or several."""
        return self.work_queues or ((self.work_queue,) if self.work_queue else ())
