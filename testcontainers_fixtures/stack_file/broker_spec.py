"""The RabbitMQ of a stack file: its vhost, its user, and the queues that are watched."""

from typing import Annotated

from msgspec import Meta, Struct

from testcontainers_fixtures.stack_file.spec_fields import Name

Vhost = Annotated[str, Meta(pattern=r"^[^\s{}]{1,120}$")]
Queue = Annotated[str, Meta(min_length=1, max_length=255)]


class Broker(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The RabbitMQ of the stack: one vhost, and a user with rights on it alone.

    `work_queue`, or each of `work_queues`, is a queue from which calls are taken.
    """

    vhost: Vhost
    user: Name
    work_queue: Queue | None = None
    work_queues: tuple[Queue, ...] = ()

    def __post_init__(self) -> None:
        """Refuse no queue, and both ways to name one."""
        if (self.work_queue is None) == (not self.work_queues):
            raise ValueError(
                "broker names the queues that calls are taken from, as `work_queue`"
                " where it is one, else as `work_queues`"
            )

    @property
    def newer(self) -> str:
        """Return what of it needs the second format; "" where nothing does."""
        return "`work_queues` of [broker]" if self.work_queues else ""

    @property
    def queues(self) -> tuple[str, ...]:
        """Return the queues that calls are taken from, one or several."""
        return self.work_queues or ((self.work_queue,) if self.work_queue else ())
