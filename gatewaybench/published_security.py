"""How callers are let in by a gateway's document, as lines of a stack file to take in.

They are comments: who may come in, and with which password, no document tells.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from gatewaybench.published import Published
from gatewaybench.toml_values import inline

# What an operation is called that gives a token for a password.
_LOGIN: Final = re.compile(r"(^|[/_-])(log-?in|sign-?in|tokens?|auth|sessions?)$")
_PASSWORD: Final = re.compile(r"pass(word)?|secret", re.IGNORECASE)
_NAME: Final = re.compile(r"user(name)?|e?mail|login|name", re.IGNORECASE)
_TOKENS: Final = ("access_token", "token", "jwt", "id_token")
_SLASH: Final = "/"
_OAUTH_FORM: Final = {"username": "{secrets.LOGIN_NAME}", "password": "{secrets.LOGIN_PASSWORD}"}


def login_text(gateway: Published) -> str:
    """Return the table by which users log in, as comments; "" where no request gives a token."""
    schemes = _schemes(gateway)
    given = next((made for one in schemes if (made := _token_request(one))), [])
    if not given and any(_is_bearer(one) for one in schemes):
        given = _login_request(gateway)
    lines = ["[login]", *given, 'header = { Authorization = "Bearer {token}" }'] if given else []
    why = "\n# By the gateway's document a token is given for a password; take this in:\n"
    return (why if lines else "") + "".join(f"# {line}\n" for line in lines)


def credentials_text(gateway: Published) -> str:
    """Return the line of [contract] with the headers that let a caller in; "" for none.

    Each is read from an environment variable of its own.
    """
    headers = dict(pair for one in _schemes(gateway) for pair in _headers(one))
    if login_text(gateway):
        headers.pop("Authorization", None)  # which the login brings
    return f"# credentials = {inline(headers)}  # variables of the environment\n" if headers else ""


def _schemes(gateway: Published) -> list[Mapping[str, Any]]:
    told = gateway.document.get("components") or {}
    return [gateway.resolved(one) for one in (told.get("securitySchemes") or {}).values()]


def _is_bearer(scheme: Mapping[str, Any]) -> bool:
    if scheme.get("type") == "http":
        return str(scheme.get("scheme")).lower() == "bearer"
    return scheme.get("type") in {"oauth2", "openIdConnect"}


def _headers(scheme: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
        name = str(scheme.get("name"))
        yield name, re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") or "API_KEY"
    elif scheme.get("type") == "http" or _is_bearer(scheme):
        yield "Authorization", "AUTHORIZATION"


def _token_request(scheme: Mapping[str, Any]) -> list[str]:
    """Return the request of OAuth's password flow; none where the gateway has none of its own."""
    flow = (scheme.get("flows") or {}).get("password") or {}
    url = urlsplit(str(flow.get("tokenUrl") or ""))
    if not url.path or url.netloc:
        return []
    return [
        f"request = {inline(f'POST /{url.path.lstrip(_SLASH)}')}",
        f"form = {inline(_OAUTH_FORM)}",
        'token = "/access_token"',
    ]


def _login_request(gateway: Published) -> list[str]:
    """Return the first operation that takes a password and is called a login; none without."""
    for path, body, _ in gateway.creates():
        told = dict(_secrets(body))
        if _LOGIN.search(path) and told != body:
            return [
                f"request = {inline(f'POST {path}')}",
                f"body = {inline(told)}",
                f"token = {inline(f'/{_token_field(gateway, path)}')}",
            ]
    return []


def _secrets(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in body.items():
        if _PASSWORD.fullmatch(name):
            yield name, "{secrets.LOGIN_PASSWORD}"
        elif _NAME.fullmatch(name):
            yield name, "{secrets.LOGIN_NAME}"
        else:
            yield name, value.replace("{n}", "{user}") if isinstance(value, str) else value


def _token_field(gateway: Published, path: str) -> str:
    known = gateway.answers(path)
    return next((name for name in _TOKENS if name in known), _TOKENS[0])
