"""Who may come in is decided over all secrets, and no secret goes any further."""

from hmac import compare_digest
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from system.chassis.app import Told, build_app
from system.gateway import admission
from system.gateway.admission import Admission, AdmissionMiddleware
from system.gateway.settings import CONFIG, GatewaySettings
from system.settings import SettingsError, load_settings

SECRETS = {"GATEWAY_API_KEYS": "one, two", "GATEWAY_BEARER_TOKENS": "three four"}


def settings(**environment: str) -> GatewaySettings:
    """Return the gateway's settings as it would read them."""
    return load_settings(CONFIG, GatewaySettings, {"RMQ_PASS": "p"} | environment)


def application(**environment: str) -> FastAPI:
    """Return a small application that shows which headers reach it."""

    async def ready() -> Told:
        return {}

    guards = (AdmissionMiddleware,)
    app = build_app("thing", None, ready, guards=guards)  # type: ignore[arg-type] # no lifespan is needed
    app.state.admission = Admission(settings(**environment))

    @app.get("/things")
    async def things(request: Request) -> dict[str, str]:
        return dict(request.headers)

    return app


async def seen(app: FastAPI, headers: list[tuple[str, str]]) -> tuple[int, Any]:
    """Return status and body of a call."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        answer = await client.get("/things", headers=headers)
        return answer.status_code, answer.json()


async def test_without_secrets_everybody_may_and_authorization_is_the_services() -> None:
    app = application()
    status, headers = await seen(app, [("Authorization", "Bearer x")])

    assert (status, headers["authorization"]) == (200, "Bearer x")
    assert "securitySchemes" not in admission.document(app).get("components", {})


async def test_a_token_for_the_gateway_goes_no_further_but_one_beside_a_key_does() -> None:
    app = application(**SECRETS)
    _, as_token = await seen(app, [("Authorization", "Bearer four")])
    _, beside_key = await seen(app, [("X-API-Key", "two"), ("Authorization", "Bearer x")])

    assert "authorization" not in as_token
    assert beside_key["authorization"] == "Bearer x"


async def test_two_keys_at_once_are_refused() -> None:
    status, _ = await seen(application(**SECRETS), [("X-API-Key", "two"), ("X-API-Key", "one")])

    assert status == 401


async def test_every_secret_is_compared_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def count(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return compare_digest(one, other)

    monkeypatch.setattr(admission.hmac, "compare_digest", count)  # type: ignore[attr-defined] # the module itself
    asked = Admission(settings(**SECRETS))
    for key in (b"one", b"two", b"none"):
        compared.clear()
        asked.let_in([(b"x-api-key", key)])

        assert len(compared) == 4


def test_secrets_show_neither_in_settings_nor_in_what_is_said_of_bad_ones(tmp_path: Path) -> None:
    read = settings(**SECRETS)
    broken = tmp_path / "local.yaml"
    broken.write_text(CONFIG.read_text(encoding="utf-8").replace("max_in_flight: 512", ""))
    with pytest.raises(SettingsError) as error:
        load_settings(broken, GatewaySettings, {"RMQ_PASS": "p"} | SECRETS)

    assert repr(Admission(read)) == "<Admission 2 API keys, 2 bearer tokens>"
    for text in (repr(read), str(error.value), repr(error.value)):
        assert not any(secret in text for secret in ("three", "four", "two"))


@pytest.mark.parametrize("variable", SECRETS)
@pytest.mark.parametrize("given", [",", " ", ", ,", "s1,", ",s1", "s1,,s2", "s1, ,s2"])
def test_a_list_that_was_set_and_has_a_blank_place_is_refused_in_a_sentence(
    variable: str, given: str
) -> None:
    with pytest.raises(SettingsError) as error:
        settings(**{variable: given})

    assert variable.removeprefix("GATEWAY_").lower() in str(error.value)
    assert "expected secrets with commas between, seen a blank one or none" in str(error.value)
    assert "s1" not in str(error.value)


@pytest.mark.parametrize("given", ["[]", '[" "]', '["one", ""]', '["one", null]', '[" one"]'])
def test_a_list_in_the_file_has_no_blank_place_either(tmp_path: Path, given: str) -> None:
    file, text = tmp_path / "local.yaml", CONFIG.read_text(encoding="utf-8")
    begun = text[: text.index("api_keys:")]
    rest = text[text.index("bearer_tokens:") :]
    file.write_text(f"{begun}api_keys: {given}\n{rest}", encoding="utf-8")

    with pytest.raises(SettingsError, match="key api_keys"):
        load_settings(file, GatewaySettings, {"RMQ_PASS": "p"})


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({}, "everybody"),
        ({"GATEWAY_API_KEYS": ""}, "everybody"),
        ({"GATEWAY_API_KEYS": "one"}, "api keys"),
        ({"GATEWAY_BEARER_TOKENS": "one"}, "bearer tokens"),
        (SECRETS, "api keys, bearer tokens"),
    ],
)
def test_who_is_let_in_is_said_in_words(environment: dict[str, str], asked: str) -> None:
    assert Admission(settings(**environment)).who == asked
