"""A team's own definitions stand beside the harness's, and what it says of its user counts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from testcontainers_fixtures.broker.broker_configuration import enabled_plugins, rabbitmq_conf
from testcontainers_fixtures.broker.broker_wishes import BrokerWishes, wishes_of
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.broker_spec import Broker, Permissions

THEIRS = {
    "rabbit_version": "3.12.0",
    "vhosts": [{"name": "shop"}, {"name": "audit"}],
    "users": [{"name": "shop", "password_hash": "theirs"}, {"name": "other", "tags": []}],
    "permissions": [
        {"user": "shop", "vhost": "shop", "configure": "", "write": ".*", "read": ".*"},
        {"user": "shop", "vhost": "audit", "configure": "", "write": "a", "read": ""},
    ],
    "exchanges": [{"name": "orders", "type": "topic"}, {"name": "x", "vhost": "audit"}],
}


def document(wishes: BrokerWishes) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(
        wishes.document(vhost="shop", user="shop", monitor_password="watch")
    )
    return made


PLAIN = Broker(vhost="shop", user="shop", work_queue="work")


def test_the_teams_exchanges_vhosts_and_users_are_there_beside_ours() -> None:
    made = document(BrokerWishes(password="open", definitions=THEIRS))
    users = {one["name"]: one for one in made["users"]}

    assert [one["name"] for one in made["vhosts"]] == ["audit", "shop"]
    assert set(users) == {"other", "shop", "harness"}
    # Parts know the password that they are told, and no other.
    assert users["shop"]["password_hash"] != "theirs"
    # In the export of one vhost its name does not stand.
    assert made["exchanges"] == [
        {"vhost": "shop", "name": "orders", "type": "topic"},
        {"vhost": "audit", "name": "x"},
    ]


def rights(made: dict[str, Any], vhost: str) -> dict[str, str]:
    [row] = [one for one in made["permissions"] if one["vhost"] == vhost]
    return {key: row[key] for key in ("configure", "write", "read")}


def test_what_the_user_may_do_is_what_its_own_document_says_unless_the_stack_file_does() -> None:
    asked = Permissions(configure="^$")

    theirs = document(BrokerWishes(definitions=THEIRS))
    said = document(BrokerWishes(definitions=THEIRS, permissions=asked))
    usual = document(BrokerWishes())

    assert rights(theirs, "shop") == {"configure": "", "write": ".*", "read": ".*"}
    assert rights(said, "shop") == {"configure": "^$", "write": ".*", "read": ".*"}
    assert rights(usual, "shop") == dict.fromkeys(("configure", "write", "read"), ".*")
    assert rights(said, "audit") == {"configure": "", "write": "a", "read": ""}


@pytest.mark.parametrize(
    ("read", "queue", "may"),
    [
        (".*", "work", False),
        (".*", "work.later", True),
        (".*", "amq.gen-1", True),
        ("^work", "work", False),
        ("^work", "workers", True),
        ("^work", "other", False),
        ("x$", "box", True),
    ],
)
def test_a_twin_takes_nothing_from_a_work_queue(read: str, queue: str, *, may: bool) -> None:
    wishes = wishes_of(
        structs.replace(PLAIN, permissions=Permissions(read=read)), Path(), twins=True
    )
    made = document(wishes)
    [twins] = [one for one in made["permissions"] if one["user"] == "shop.twin"]

    assert "shop.twin" in {one["name"] for one in made["users"]}
    assert (twins["vhost"], twins["write"]) == ("shop", ".*")
    assert bool(re.search(twins["read"], queue)) is may


@pytest.mark.parametrize("said", [{"read": ""}, {}], ids=["nothing", "not said"])
def test_the_twin_of_who_may_read_nothing_reads_nothing(
    said: dict[str, str], tmp_path: Path
) -> None:
    row = {"user": "shop", "vhost": "shop", "configure": "", "write": ".*", **said}
    (tmp_path / "d.json").write_text(json.dumps({"permissions": [row]}), "utf-8")
    made = document(wishes_of(structs.replace(PLAIN, definitions="d.json"), tmp_path, twins=True))
    [twins] = [one for one in made["permissions"] if one["user"] == "shop.twin"]

    assert not re.search(twins["read"], "replies")
    assert not re.search(twins["read"], "shop.work")


def test_without_twins_there_is_no_user_for_them() -> None:
    made = document(wishes_of(PLAIN, Path()))

    assert {one["name"] for one in made["users"]} == {"shop", "harness"}


def test_lines_of_the_team_stand_behind_ours_and_guest_is_let_in_from_outside() -> None:
    wishes = BrokerWishes(conf=("heartbeat = 10",))
    text = rabbitmq_conf(definitions_file="/d.json", lines=wishes.lines("shop"))

    assert text.splitlines()[-1] == "heartbeat = 10"
    assert wishes.lines("guest")[0] == "loopback_users.guest = false"


def test_plugins_are_on_beside_the_management_api() -> None:
    assert enabled_plugins(("rabbitmq_shovel", "rabbitmq_management")) == (
        "[rabbitmq_management,rabbitmq_shovel].\n"
    )


def test_a_password_is_made_up_unless_the_stack_file_names_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOP_BROKER_X", "s3cret-of-the-shop")

    said = wishes_of(structs.replace(PLAIN, password="{secrets.SHOP_BROKER_X}"), Path())
    first, second = (wishes_of(PLAIN, Path()).password for _ in range(2))

    assert said.password == "s3cret-of-the-shop"
    assert len(first) > 20
    assert first != second
    assert "s3cret" not in repr(said)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "no such file"),
        ("{", "seen: Expecting property name"),
        ("[]", "seen: no object"),
        ('{"queues": {}}', "`queues` is no list of objects"),
        ('{"users": [{}]}', "one of its `users` has no `name`"),
    ],
)
def test_definitions_that_cannot_be_used_are_named_in_one_sentence(
    text: str | None, complaint: str, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "definitions.json").write_text(text)

    with pytest.raises(SpecError) as caught:
        wishes_of(structs.replace(PLAIN, definitions="definitions.json"), tmp_path)
    assert complaint in str(caught.value)
    assert str(tmp_path / "definitions.json") in str(caught.value)
