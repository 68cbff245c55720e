"""What is secret is shown by its place alone."""

import msgspec
import pytest

from testcontainers_fixtures.attachment import attachment
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output import redaction
from testcontainers_fixtures.output.redaction import (
    command_line,
    hidden,
    hidden_in,
    without_passwords,
)
from testcontainers_fixtures.stack_spec import StackSpec

PLACE = {"port": 8000, "command": ["python"]}
PARTS = {"front": {"role": "gateway"} | PLACE, "notes": {"role": "service"} | PLACE}
SPEC = msgspec.convert({"format_version": 1, "name": "tiny", "parts": PARTS}, StackSpec)
SECRET = "s3cr3t/wörd&\"more'"


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_noted", set())


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--amqp", "amqp://me:pw@host:5672/v"], "--amqp 'amqp://me:***@host:5672/v'"),
        (["--amqp=amqp://me:pw@host/v"], "'--amqp=amqp://me:***@host/v'"),
        (["--amqp=amqp://me:p@w/x@host/v"], "'--amqp=amqp://me:***@host/v'"),
        (["--service", "a=http://me:pw@host:80"], "--service 'a=http://me:***@host:80'"),
        (["--amqp", "$AMQP"], "--amqp '$AMQP'"),
        (["--gateway", "http://[::1]:80/a@b"], "--gateway 'http://[::1]:80/a@b'"),
        (["--gateway", "http://host:8000/a@b"], "--gateway http://host:8000/a@b"),
        (["--request", "GET /x?limit=1&api_key=pw&y=2"], "'GET /x?limit=1&api_key=***&y=2'"),
        (["--header", "Authorization: Bearer pw"], "--header 'Authorization: ***'"),
        (["--header=X-Api-Key: pw"], "'--header=X-Api-Key: ***'"),
        (["--token", "pw", "--seed", "1"], "--token '***' --seed 1"),
        (["--password=pw"], "'--password=***'"),
        (["DB_PASSWORD=pw"], "'DB_PASSWORD=***'"),
        (["tests/test_token.py::test_it", "-k", "token"], "tests/test_token.py::test_it -k token"),
        (
            ["test_token.py::test_it", "--token", "--quick"],
            "test_token.py::test_it --token --quick",
        ),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_a_command_line_keeps_each_option_and_no_secret(words: list[str], shown: str) -> None:
    assert shown in command_line(["python", *words])


def test_a_noted_secret_is_hidden_however_it_is_spelt() -> None:
    redaction.noted(SECRET)
    spelt = [
        SECRET,
        "s3cr3t%2Fw%C3%B6rd%26%22more%27",
        'a "s3cr3t/w\\u00f6rd&\\"more\'" in JSON',
        "s3cr3t/wörd&amp;&quot;more&#x27;",
    ]

    assert not [one for one in map(hidden, spelt) if "s3cr3t" in one]


def test_a_parts_settings_are_secret_by_their_name_or_as_a_urls_password() -> None:
    settings = {
        "DB_PASSWORD": "of-the-database",
        "GATEWAY_API_KEYS": "key-one,key-two",
        "AMQP": "amqp://me:of-the-broker@h",
        "COOKIE_NAME": "a-word",
    }

    assert redaction.noted_in_settings(settings) == settings
    assert hidden("of-the-database key-two of-the-broker a-word") == "*** *** *** a-word"


def test_a_short_word_is_not_looked_for_in_others() -> None:
    redaction.noted("test")

    assert hidden("the tests") == "the tests"


def test_what_bears_no_secret_passes_as_it_is() -> None:
    redaction.noted("password-of-ours")
    data = {"body": ("http://a:b@c/?token=x", 1, None), "more": ["password-of-ours!"]}

    assert hidden_in(data) == data | {"more": ["***!"]}


def test_an_option_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER", "amqp://me:the-password@host/v")

    found = attachment(SPEC, gateway="http://host", amqp="$BROKER")

    assert found
    assert found.amqp == "amqp://me:the-password@host/v"
    assert "the-password" not in hidden("it said the-password")


@pytest.mark.parametrize(
    "options",
    [
        {"gateway": "http://me:the-password@host"},
        {"gateway": "ftp://me:the-password@host"},
        {"gateway": "http://host", "services": ["a=http://me:the-password@host"]},
        {"gateway": "http://host", "services": ["nobody=http://me:the-password@host"]},
        {"gateway": "http://host", "amqp": "amqp://me:the-password/x@host"},
        {"gateway": "http://host", "amqp": "http://me:the-password@host"},
        {"gateway": "http://host", "amqp": "amqp://me:the-password@host:port"},
        {"gateway": "http://host", "management": "me:the-password@host"},
    ],
    ids=str,
)
def test_a_refusal_tells_no_password(options: dict[str, object]) -> None:
    with pytest.raises(SpecError) as refused:
        attachment(SPEC, **options)  # type: ignore[arg-type] # a row's columns

    assert "the-password" not in str(refused.value)


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOBODY", raising=False)

    with pytest.raises(SpecError, match="--amqp in the environment variable NOBODY; it is not set"):
        attachment(SPEC, gateway="http://host", amqp="$NOBODY")


def test_a_url_keeps_its_user_and_its_host() -> None:
    assert (
        without_passwords("at amqp://me:pw@host:5672, gone") == "at amqp://me:***@host:5672, gone"
    )
