"""The two files that set up every broker."""

import base64
import hashlib
import json
from urllib.parse import urlsplit

from testcontainers_fixtures.broker import broker_configuration


def _definitions() -> dict[str, list[dict[str, object]]]:
    text = broker_configuration.definitions(
        vhost="gateway", user="gateway", password="open-sesame", monitor_password="watch"
    )
    parsed: dict[str, list[dict[str, object]]] = json.loads(text)
    return parsed


def test_the_user_has_rights_on_its_own_vhost_alone() -> None:
    document = _definitions()

    assert [vhost["name"] for vhost in document["vhosts"]] == ["gateway"]
    assert [(p["user"], p["vhost"]) for p in document["permissions"]] == [("gateway", "gateway")]


def test_nobody_but_the_user_and_the_harness_is_known() -> None:
    tags = {str(user["name"]): user["tags"] for user in _definitions()["users"]}

    assert tags == {"gateway": [], "harness": ["administrator"]}


def test_no_plain_password_stands_in_the_definitions() -> None:
    text = json.dumps(_definitions())

    assert "open-sesame" not in text
    assert "watch" not in text


def test_a_password_hash_is_its_salt_and_the_digest_of_both() -> None:
    salt = bytes.fromhex("908dc60a")
    digest = hashlib.sha256(salt + b"test12").digest()

    assert (
        base64.b64decode(broker_configuration.password_hash("test12", salt=salt)) == salt + digest
    )


def test_a_password_hash_is_salted_anew_each_time() -> None:
    assert broker_configuration.password_hash("same") != broker_configuration.password_hash("same")


def test_the_example_of_rabbitmqs_own_documentation_gives_its_documented_hash() -> None:
    salt = bytes.fromhex("908dc60a")
    expected = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"

    assert broker_configuration.password_hash("test12", salt=salt) == expected


def test_credentials_in_an_amqp_url_are_percent_encoded() -> None:
    url = broker_configuration.amqp_url(
        host="127.0.0.1", port=5672, user="a:b", password="p@ss/w?rd#", vhost="/v"
    )

    assert urlsplit(url).hostname == "127.0.0.1"
    assert url == "amqp://a%3Ab:p%40ss%2Fw%3Frd%23@127.0.0.1:5672/%2Fv"


def test_every_listener_binds_the_address_that_was_asked_for() -> None:
    text = broker_configuration.rabbitmq_conf(
        definitions_file="/d.json", bind="127.0.0.1", amqp_port=1, management_port=2
    )

    assert "listeners.tcp.1 = 127.0.0.1:1\n" in text
    assert "management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = 2\n" in text
    assert "0.0.0.0" not in text  # noqa: S104 -- looked for, not bound


def test_no_setting_is_used_that_an_old_or_a_new_rabbitmq_refuses() -> None:
    text = broker_configuration.rabbitmq_conf(definitions_file="/d.json")

    assert "deprecated_features" not in text
