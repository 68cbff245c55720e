"""What lets the harness in stands in no stack file, and is asked for where it cannot be made up."""

import pytest

from testcontainers_fixtures.auth_proxy import AuthProxy
from testcontainers_fixtures.credentials import carried, given, made_up_or_given, put, shown
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import Contract

PROMISES = Contract(credentials={"X-API-Key": "UNHEARD_OF_KEY"})


def test_a_stack_started_here_has_a_secret_of_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("UNHEARD_OF_KEY", raising=False)
    made_up = made_up_or_given(PROMISES)

    assert made_up == made_up_or_given(PROMISES)
    assert len(made_up["X-API-Key"]) >= 32


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNHEARD_OF_KEY", "k-1")

    assert made_up_or_given(PROMISES) == given(PROMISES) == {"X-API-Key": "k-1"}


def test_a_system_that_is_up_has_one_already(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNHEARD_OF_KEY", raising=False)

    with pytest.raises(SpecError, match="X-API-Key in the environment variable UNHEARD_OF_KEY"):
        given(PROMISES)


@pytest.mark.parametrize(
    ("shown", "arrives"),
    [
        pytest.param([], [(b"X-API-Key", b"k-1")], id="nothing"),
        pytest.param([(b"x-api-key", b"$TOKEN")], [(b"x-api-key", b"k-1")], id="its stand-in"),
        pytest.param([(b"X-API-Key", b"wrong")], [(b"X-API-Key", b"wrong")], id="another one"),
    ],
)
def test_a_door_lets_in_whoever_does_not_come_with_a_key_of_his_own(
    shown: list[tuple[bytes, bytes]], arrives: list[tuple[bytes, bytes]]
) -> None:
    door = AuthProxy("http://127.0.0.1:8000", {"X-API-Key": "k-1"})

    assert door.admitted([*shown, (b"A", b"b")]) == [*arrives, (b"A", b"b")]
    assert "k-1" not in repr(door)


def test_a_secret_is_put_where_its_gateway_is_asked_and_nowhere_else() -> None:
    shows, secrets = shown(PROMISES), {"X-API-Key": "k-1"}
    with carried("http://127.0.0.1:80/base", PROMISES, secrets):
        asked = {url: put(url, shows) for url in ("http://127.0.0.1/a", "http://127.0.0.1:81/a")}
        strange = put("http://127.0.0.1/a", {"X-API-Key": "", "Other": "$TOKEN"})

    assert asked["http://127.0.0.1/a"] == secrets
    assert asked["http://127.0.0.1:81/a"] == shows == {"X-API-Key": "$TOKEN"}
    assert strange == {"X-API-Key": "", "Other": "$TOKEN"}
    assert put("http://127.0.0.1/a", shows) == shows


def test_each_of_several_credentials_has_a_stand_in_of_its_own() -> None:
    both = Contract(credentials={"Authorization": "ONE", "X-API-Key": "OTHER"})

    assert shown(both) == {"Authorization": "$TOKEN", "X-API-Key": "$TOKEN_2"}
