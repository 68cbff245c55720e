"""Says how a stack's RabbitMQ is set up: one rabbitmq.conf and one definitions file, nothing else.

Every engine uses these two files and never `RABBITMQ_DEFAULT_*`, so that a pulled image, an image
made from Debian packages and a private copy behave alike. Valid for RabbitMQ 3.10 up to 4.x.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from urllib.parse import quote

from testcontainers_fixtures.output.redaction import noted

MANAGEMENT = "rabbitmq_management"
# As RabbitMQ reads a right of "": no queue and no exchange has an empty name.
NOTHING = "^$"
MONITOR = "harness"
# An Erlang node listens for other nodes; on this machine, and not on its network.
DISTRIBUTED_ON_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
# Its command line is such a node as well, for the second that it runs.
CONTROL_ENVIRONMENT = {"RABBITMQ_CTL_ERL_ARGS": DISTRIBUTED_ON_LOOPBACK}
SALT_BYTES = 4


def rabbitmq_conf(
    *,
    definitions_file: str,
    bind: str = "0.0.0.0",  # noqa: S104 -- inside a container; the engine publishes on loopback only
    amqp_port: int = 5672,
    management_port: int = 15672,
    lines: Sequence[str] = (),
) -> str:
    """Return the text of rabbitmq.conf: where it listens, whom it knows, what it logs.

    `lines` stand behind ours, and where both set one thing the later line counts.

    `definitions_file` is the path as the broker sees it. With it no default user is made, so
    `guest` does not exist. The log goes to standard output, without colours.
    """
    return "\n".join(
        (
            f"listeners.tcp.1 = {bind}:{amqp_port}",
            f"management.tcp.ip = {bind}",
            f"management.tcp.port = {management_port}",
            f"load_definitions = {definitions_file}",
            "log.file = false",
            "log.console = true",
            "# At info it writes 350 lines a start and one a connection.",
            "log.console.level = warning",
            "log.console.use_colors = off",
            "# Queue depths are sampled once a second; the default of 5 s is longer than a phase.",
            "collect_statistics_interval = 1000",
            "vm_memory_high_watermark.absolute = 1GB",
            *lines,
            "",
        )
    )


def definitions(*, vhost: str, user: str, password: str, monitor_password: str) -> str:
    """Return the definitions file (JSON): one vhost, its user, and the harness's own user.

    `user` has all rights on `vhost` and on nothing else. `harness` may see and steer everything
    through the management API, and has no right to touch a message. Passwords are stored as salted
    hashes only.
    """
    document = {
        "vhosts": [{"name": vhost}],
        "users": [
            _user(user, password, tags=[]),
            _user(MONITOR, monitor_password, ["administrator"]),
        ],
        "permissions": [
            {"user": user, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}
        ],
    }
    return json.dumps(document, indent=2)


def twin_user(*, user: str, password: str) -> dict[str, object]:
    """Return the row of a user who is let in as a service's twin."""
    return _user(twin_of(user), password, tags=[])


def twin_of(user: str) -> str:
    """Return the user by which a service's twin comes, who takes from no work queue."""
    return f"{user}.twin"


def reads_no(queues: Sequence[str], read: str) -> str:
    """Return a right to read what matches a regular expression, but for some queues.

    The empty one is RabbitMQ's word for nothing, where any other would be looked for.
    """
    left_out = "|".join(map(re.escape, queues))
    return f"^(?!(?:{left_out})$)(?=.*(?:{read or NOTHING}))"


def enabled_plugins(further: Sequence[str] = ()) -> str:
    """Return the file of the plugins that are on: the management API's, and those asked for."""
    return f"[{','.join(dict.fromkeys((MANAGEMENT, *further)))}].\n"


def password_hash(password: str, *, salt: bytes | None = None) -> str:
    """Return base64(salt + SHA-256(salt + password)), as RabbitMQ documents its password hashes."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    digest = hashlib.sha256(salt + password.encode()).digest()
    return base64.b64encode(salt + digest).decode()


def new_password() -> str:
    """Return a random password of 24 bytes that needs no escaping in a URL or a shell."""
    return noted(secrets.token_urlsafe(24))


def amqp_url(*, host: str, port: int, user: str, password: str, vhost: str) -> str:
    """Return an AMQP URL in which every credential is percent-encoded."""
    return f"amqp://{_quoted(user)}:{_quoted(password)}@{host}:{port}/{_quoted(vhost)}"


def management_url(*, host: str, port: int, password: str) -> str:
    """Return the management API's base URL with the harness's credentials in it."""
    return f"http://{MONITOR}:{_quoted(password)}@{host}:{port}"


def _user(name: str, password: str, tags: list[str]) -> dict[str, object]:
    return {
        "name": name,
        "password_hash": password_hash(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": tags,
    }


def _quoted(text: str) -> str:
    return quote(text, safe="")
