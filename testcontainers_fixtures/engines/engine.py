"""The one seam between a stack and whatever runs its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from urllib.parse import quote

from testcontainers_fixtures.broker.broker_wishes import BrokerWishes
from testcontainers_fixtures.part_contents.contents import Contents
from testcontainers_fixtures.stack_file.image_spec import ContainerOptions
from testcontainers_fixtures.stack_file.part_spec import StopSignal


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a part listens, as seen from inside the stack, and what it must bind to."""

    host: str
    port: int
    bind: str

    @property
    def url(self) -> str:
        """Return the base URL for the other parts."""
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a copy runs beside its data: a folder below that of all parts, a Python, a user.

    `python` is a virtual environment, relative to that folder, or `requirements` are what one is
    made of; `user` is who the copy is to be where the harness is root. They are for processes, for
    a container brings its own; but where the image is the part's own, `user` is the container's.
    """

    folder: str = "."
    python: str = ""
    user: str = ""
    requirements: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vessel:
    """What is said of a copy's container beside its command: for containers alone.

    `part` is whose image it is; "" for a program of the harness, which needs no more than Python.
    `entrypoint` takes the place of the image's own where the image is that part's alone, and
    `whole` says that the command is all of it.
    """

    part: str = ""
    entrypoint: tuple[str, ...] | None = None
    whole: bool = False
    options: ContainerOptions = field(default_factory=ContainerOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """An order to start one copy of a part; every placeholder is already filled in."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    address: Address | None  # None where it listens nowhere
    fresh: bool = True  # an empty data folder; False keeps what the last copy of that name left
    data_of: str = ""  # the copy whose data folder it is to have as its own; its own when empty
    place: Place = Place()
    stop_signal: StopSignal = "SIGTERM"
    ports: Mapping[str, Address] = field(default_factory=dict)  # those beside `address`, by name
    contents: Contents = field(default_factory=Contents)
    vessel: Vessel = field(default_factory=Vessel)

    @property
    def data_owner(self) -> str:
        """Return the copy in whose data folder it works."""
        return self.data_of or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAccess:
    """How to reach the broker: from inside the stack, and (URLs) from the harness."""

    host: str
    port: int
    user: str
    password: str
    vhost: str
    amqp_url: str
    management_url: str  # with credentials that may read everything
    version: str

    def inside_url(self, host: str, port: int) -> str:
        """Return the AMQP URL for the parts, at an address of the broker or of a link to it."""
        user, password, vhost = (
            quote(text, safe="") for text in (self.user, self.password, self.vhost)
        )
        return f"amqp://{user}:{password}@{host}:{port}/{vhost}"

    def __repr__(self) -> str:
        """Show where the broker is, never its passwords."""
        return f"<BrokerAccess {self.host}:{self.port} vhost={self.vhost} RabbitMQ {self.version}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadTimes:
    """The CPU times in seconds of one copy and of each of its living threads, at one moment.

    A thread is its id and when it began; that and `read_s` are in seconds since the machine's boot.
    """

    read_s: float
    cpu_s: float
    of_threads: Mapping[tuple[int, float], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a copy has used since its start, its worker processes included.

    `memory_bytes` is resident now, None where that is not told. `throttled_s` is how long the
    kernel held it back so far, and None where no CPU limit is set. `told_s` is the moment
    (`time.monotonic`) at which this was first told, where somebody else reads it now and then;
    None where it was read just now. `threads` has those of each copy; it is empty where they were
    not told apart.
    """

    cpu_s: float
    memory_bytes: int | None
    throttled_s: float | None
    told_s: float | None = None
    threads: tuple[ThreadTimes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineNode:
    """A machine of an engine's, or a virtual one; None cores where nobody may look.

    `here` tells that it is the machine from which the load comes.
    """

    name: str
    cores: float | None
    here: bool


class Running(Protocol):
    """One copy of a part that was started."""

    @property
    def name(self) -> str:
        """Return what the copy is called, in the stack and in its log's name."""

    @property
    def url(self) -> str:
        """Return its base URL as reachable from the harness; "" where it listens nowhere."""

    def alive(self) -> bool:
        """Tell whether the copy is still running."""

    def log_tail(self, lines: int = 20) -> str:
        """Return its last log lines."""

    def stop(self, *, grace_s: float) -> None:
        """Ask it to end, and end it after the grace period; returns when it is gone."""


@runtime_checkable
class Killable(Protocol):
    """A copy that can be ended without warning."""

    def kill(self) -> None:
        """End it at once (SIGKILL); returns when it is gone."""


@runtime_checkable
class HasExitCode(Protocol):
    """A copy of which is known how it ended."""

    def exit_code(self) -> int | None:
        """Return what it ended with; None while it runs, and where somebody here ended it.

        What a signal ended is negative, or above 128.
        """


@runtime_checkable
class HasLog(Protocol):
    """A copy that can tell all it has said."""

    def logged(self) -> str:
        """Return what it has logged since this start, secrets and all."""


@runtime_checkable
class HasHealth(Protocol):
    """A copy whose image has a check of its own."""

    def health(self) -> str:
        """Return what that check says: healthy, unhealthy, starting; "" where there is none."""


@runtime_checkable
class HasPorts(Protocol):
    """A copy that listens on more than one port."""

    @property
    def ports(self) -> Mapping[str, str]:
        """Return where each of its further ports is reached from the harness, as HOST:PORT."""


@runtime_checkable
class Commanded(Protocol):
    """A copy beside which commands can be run: in its place, with its settings."""

    def ran(self, command: Sequence[str], *, within_s: float) -> tuple[int, str]:
        """Return a command's exit code and what it said, without secrets.

        Raises StackError where its program is not there, or it takes longer.
        """


@runtime_checkable
class Pausable(Protocol):
    """A copy that can be frozen and thawed."""

    def pause(self) -> None:
        """Freeze it with all its children."""

    def resume(self) -> None:
        """Thaw it again."""

    def frozen(self) -> bool:
        """Tell whether it is frozen, as the machine has it."""


@runtime_checkable
class Staffed(Protocol):
    """A copy whose main process keeps worker processes, and starts one anew when it has died."""

    def workers(self) -> list[int]:
        """Return the ids of the workers, as `kill_worker` takes them, the latest started last."""

    def kill_worker(self, worker: int) -> None:
        """End one of them at once (SIGKILL); returns before another is started in its place."""


@runtime_checkable
class Steered(Protocol):
    """A broker that its operator can reach where it runs."""

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl` with these arguments and return what it says.

        Raises StackError where it fails or takes too long.
        """

    def configure(self, lines: str) -> None:
        """Let these lines stand behind its rabbitmq.conf from its next start on, "" for none."""


@runtime_checkable
class Startable(Protocol):
    """A broker that can be started again where it was, with the data that it had."""

    def start(self) -> BrokerAccess:
        """Start it again after it has ended; returns once it answers."""


@runtime_checkable
class Measured(Protocol):
    """A copy whose use of the machine can be read, cheaply and without disturbing it."""

    def usage(self) -> Usage | None:
        """Return what it has used; None when it is gone."""


@runtime_checkable
class HasThreads(Protocol):
    """A copy whose threads can be told apart."""

    def usage_with_threads(self) -> Usage | None:
        """Return what `usage` does, with its threads where they tell anything.

        It costs a file for each thread, where `usage` costs one for each process.
        """


class Engine(Protocol):
    """Runs parts. Everything it starts ends with `close`, or with the harness itself."""

    @property
    def name(self) -> str:
        """Return the engine's name."""

    def conditions(self) -> Mapping[str, str]:
        """Return what a run record must know: network_mode, python, image digests or paths."""

    def runs(self, name: str) -> bool:
        """Tell whether this engine has, or can start, a copy of that name."""

    def start_broker(
        self, *, vhost: str, user: str, wishes: BrokerWishes | None = None
    ) -> BrokerAccess:
        """Start a private RabbitMQ and return once it answers."""

    def broker(self) -> Running:
        """Return the broker as a running part, so that faults can reach it."""

    def reserve(self, name: str, port: int) -> Address:
        """Choose where `name` will listen for what `port` is for; stable until `close`."""

    def data_folder(self, name: str, *, user: str = "") -> str:
        """Return the folder that `{data}` stands for in the copy `name`, which `user` is to own."""

    def volume_folder(self, name: str, inside: str) -> str:
        """Return where parts find the volume `name`, which a container has at `inside`."""

    def launch(self, order: Launch) -> Running:
        """Start one copy; returns before it is ready."""

    def close(self) -> None:
        """End everything this engine started, keep the logs, leave nothing else behind."""
