"""Finds the RabbitMQ among compose services, and makes of it the [broker] of a stack file."""

from typing import Final

from testcontainers_fixtures.compose_file.service_parts import Composition, escaped, settings
from testcontainers_fixtures.compose_file.spellings import Row
from testcontainers_fixtures.stack_file.nearest import meant

# The official image, and Bitnami's.
_USER: Final = ("RABBITMQ_DEFAULT_USER", "RABBITMQ_USERNAME")
_PASSWORD: Final = ("RABBITMQ_DEFAULT_PASS", "RABBITMQ_PASSWORD")
_VHOST: Final = ("RABBITMQ_DEFAULT_VHOST", "RABBITMQ_VHOST")
_GUEST: Final = "guest"
_DEFINITIONS: Final = "definitions.json"


def broker_service(services: dict[str, Row], asked: str | None) -> str:
    """Return the service that is the broker, "" where none is.

    `asked` is what the stack file names; raises ValueError where that is not there.
    """
    if asked is not None:
        if asked not in services:
            raise ValueError(
                f"[broker] compose names {asked!r}, which is no service{meant(asked, services)}"
            )
        return asked
    found = [name for name, one in services.items() if "rabbitmq" in _called(one)]
    if len(found) > 1:
        raise ValueError(
            f"several services are RabbitMQ: {', '.join(found)}; a stack has one broker: name it as"
            " [broker] compose = ..., and leave the others out with `services`"
        )
    return next(iter(found), "")


def broker_table(whole: Composition) -> Row:
    """Return the [broker] that stands for the service: reached by its name, with its user."""
    service = whole.services[whole.broker]
    given = settings(whole.broker, service, whole)
    networks = (service.get("networks") or {}).values()
    names = [whole.broker, service.get("container_name"), service.get("hostname")]
    names += [one for at in networks for one in (at or {}).get("aliases") or []]
    table: Row = {
        "vhost": _first(given, _VHOST, "/"),
        "user": _first(given, _USER, _GUEST),
        "password": _first(given, _PASSWORD, _GUEST),
        "aliases": list(dict.fromkeys(one for one in names if one and one != "broker")),
    }
    for row in service.get("volumes") or []:
        if row["type"] == "bind" and row["target"].endswith(_DEFINITIONS):
            table["definitions"] = row["source"]
        elif row["type"] == "bind":
            whole.left_out.append(f"{whole.broker}.volumes at {row['target']}")
    return table


def told(whole: Composition) -> str:
    """Return the sentence about the broker that runs in the place of the service's."""
    image = whole.services[whole.broker].get("image", "")
    takes = f"; [broker] image = {image!r} takes that one" if image else ""
    return (
        f"The service {whole.broker!r} is the stack's own RabbitMQ, reached by that name and with"
        f" the user that it has there{takes}."
    )


def _called(service: Row) -> str:
    return str(service.get("image", "")).rpartition("/")[2]


def _first(given: dict[str, str], names: tuple[str, ...], usual: str) -> str:
    return next((given[name] for name in names if name in given), escaped(usual))
