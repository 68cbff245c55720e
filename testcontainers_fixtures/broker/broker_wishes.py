"""What a team wants of its broker beside a vhost and a user: its definitions, lines and plugins."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from testcontainers_fixtures.broker import broker_configuration
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output.redaction import noted
from testcontainers_fixtures.placeholders import filled
from testcontainers_fixtures.secret_values import secrets_in
from testcontainers_fixtures.stack_file.broker_spec import Broker, Permissions

# In the export of one vhost each of these stands without its name, which an import asks for.
OF_A_VHOST: Final = (
    *("queues", "exchanges", "bindings", "policies", "operator_policies", "parameters"),
    *("permissions", "topic_permissions"),
)
# RabbitMQ lets its `guest` in from its own machine alone, unless it is told otherwise.
GUEST: Final = "guest"
_WHERE: Final = "[broker] of the stack file"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerWishes:
    """All that sets one broker apart from another: data alone, read and checked.

    `definitions` is the team's own document. `kept_from_twins` are the queues from which the twin
    of a service takes nothing: what it took would be missing in the system. `image`, and the
    `aliases` that other containers resolve, are for containers alone.
    """

    password: str = field(default_factory=broker_configuration.new_password, repr=False)
    definitions: Mapping[str, Any] = field(default_factory=dict, repr=False)
    permissions: Permissions | None = None
    conf: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    kept_from_twins: tuple[str, ...] = ()
    image: str = ""
    aliases: tuple[str, ...] = ()

    def lines(self, user: str) -> tuple[str, ...]:
        """Return the lines that stand behind the harness's own in rabbitmq.conf."""
        guest = ("loopback_users.guest = false",) if user == GUEST else ()
        return (*guest, *self.conf)

    def document(self, *, vhost: str, user: str, monitor_password: str) -> str:
        """Return the definitions file (JSON): the team's, with the harness's rows among them."""
        ours = broker_configuration.definitions(
            vhost=vhost,
            user=user,
            password=self.password,
            monitor_password=monitor_password,
        )
        made = merged(self.definitions, json.loads(ours), self.permissions)
        if self.kept_from_twins:
            made["users"].append(broker_configuration.twin_user(user=user, password=self.password))
            made["permissions"].append(self._of_twins(made["permissions"], vhost, user))
        return json.dumps(made, indent=2)

    def _of_twins(
        self, permissions: Sequence[Mapping[str, str]], vhost: str, user: str
    ) -> dict[str, str]:
        """Return what a twin may do: as the user, but for those queues."""
        own = next(one for one in permissions if (one["user"], one["vhost"]) == (user, vhost))
        read = broker_configuration.reads_no(self.kept_from_twins, own.get("read", ""))
        return {**own, "user": broker_configuration.twin_of(user), "read": read}


def wishes_of(broker: Broker, folder: Path, *, twins: bool = False) -> BrokerWishes:
    """Return what a stack file's [broker] wants; `folder` is the stack file's.

    With `twins` the work queues are kept from them.

    Raises SpecError where the definitions cannot be read, or a secret is not set.
    """
    said = {"password": _password(broker.password)} if broker.password else {}
    return BrokerWishes(
        **said,
        definitions=_read(folder / broker.definitions) if broker.definitions else {},
        permissions=broker.permissions,
        conf=broker.conf,
        plugins=broker.plugins,
        kept_from_twins=broker.queues if twins else (),
        image=broker.image or "",
        aliases=broker.aliases,
    )


def merged(
    theirs: Mapping[str, Any], ours: Mapping[str, Any], permissions: Permissions | None
) -> dict[str, Any]:
    """Return one definitions document out of two.

    Users and vhosts of ours stand in the place of theirs of that name. What the user may do is what
    `permissions` says, else what their document says, else everything.
    """
    [row] = ours["permissions"]
    vhost = row["vhost"]
    document = {key: _placed(key, value, vhost) for key, value in theirs.items()}
    for key in ("vhosts", "users"):
        names = {one["name"] for one in ours[key]}
        kept = [one for one in document.get(key, []) if one["name"] not in names]
        document[key] = [*kept, *ours[key]]
    rights = document.get("permissions", [])
    others = [one for one in rights if (one["user"], one["vhost"]) != (row["user"], vhost)]
    said = [one for one in rights if one not in others]
    chosen = (
        {key: getattr(permissions, key) for key in ("configure", "write", "read")}
        if (permissions)
        else {}
    )
    own = [row | chosen] if permissions or not said else said
    return document | {"permissions": [*others, *own]}


def _placed(key: str, rows: Any, vhost: str) -> Any:  # noqa: ANN401 -- any JSON
    if key not in OF_A_VHOST:
        return rows
    return [{"vhost": vhost, **row} for row in rows]


def _password(text: str) -> str:
    values = secrets_in((text,), _WHERE)
    return noted(filled(text, values, _WHERE))


def _read(path: Path) -> dict[str, Any]:
    wanted = f"Expected RabbitMQ definitions (JSON) at {path}, as {_WHERE} says"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecError(f"{wanted}; seen: {str(error.strerror or error).lower()}.") from error
    except ValueError as error:
        raise SpecError(f"{wanted}; seen: {error}.") from error
    if why := _fault(found):
        raise SpecError(f"{wanted}; {why}: export them with `rabbitmqctl export_definitions`.")
    return dict(found)


def _fault(found: object) -> str:
    """Return what keeps a document from being definitions; "" where nothing does."""
    if not isinstance(found, dict):
        return "seen: no object"
    needed = {"vhosts": {"name"}, "users": {"name"}, "permissions": {"user"}}
    for key in ("users", "vhosts", *OF_A_VHOST):
        rows = found.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
            return f"`{key}` is no list of objects"
        for name in needed.get(key, ()):
            if any(name not in one for one in rows):
                return f"one of its `{key}` has no `{name}`"
    return ""
