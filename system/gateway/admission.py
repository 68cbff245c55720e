"""Who may come in: callers with one of the API keys or bearer tokens that the settings list.

Both lists are empty by default, and then everybody may; log and `/ready` say which it is. A secret
is kept and compared as its SHA-256, with all of the list and without stopping at the first that
fits, so that how long a refusal takes tells nothing. A bearer token that was for the gateway is not
passed on (RFC 6750, 5.3); an API key's header never is.
"""

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from system.chassis import problem
from system.gateway.settings import GatewaySettings

API_KEY: Final = "X-API-Key"
OPEN: Final = frozenset({"/health", "/ready", "/openapi.json"})
_SAID: Final = "Expected a key or token that is known here; send it and try again."
_SCHEMES: Final[dict[str, dict[str, str]]] = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": API_KEY},
    "Bearer": {"type": "http", "scheme": "bearer"},
}

Pairs = list[tuple[bytes, bytes]]


class Admission:
    """Which secrets let a caller in."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._keys = _digests(settings.api_keys)
        self._tokens = _digests(settings.bearer_tokens)

    def __repr__(self) -> str:
        """Show how many secrets there are, and none of them."""
        return f"<Admission {len(self._keys)} API keys, {len(self._tokens)} bearer tokens>"

    @property
    def schemes(self) -> list[str]:
        """Return the names of the ways to come in; none where everybody may."""
        return ["ApiKey"] * bool(self._keys) + ["Bearer"] * bool(self._tokens)

    @property
    def who(self) -> str:
        """Return in words whom it lets in."""
        kinds = ["api keys"] * bool(self._keys) + ["bearer tokens"] * bool(self._tokens)
        return ", ".join(kinds) or "everybody"

    def let_in(self, headers: Pairs) -> Pairs | None:
        """Return the headers without what was meant for the gateway; None: refused."""
        tokens = [_token(value) for name, value in headers if name == b"authorization"]
        keys = [value for name, value in headers if name == API_KEY.lower().encode()]
        token_fits = _known(tokens, self._tokens)
        key_fits = _known(keys, self._keys)
        if not (token_fits or key_fits):
            return None
        if not token_fits:
            return headers
        return [(name, value) for name, value in headers if name != b"authorization"]


class AdmissionMiddleware:
    """Answers 401 to whom the application state's `admission` does not let in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application for a caller who may come in."""
        if scope["type"] == "http" and scope["path"] not in OPEN:
            admission: Admission = scope["app"].state.admission
            if admission.schemes:
                headers = admission.let_in(scope["headers"])
                if headers is None:
                    await _refusal(admission)(scope, receive, send)
                    return
                scope["headers"] = headers
        await self.app(scope, receive, send)


def document(app: FastAPI) -> dict[str, Any]:
    """Return the application's OpenAPI document, which tells how to come in where that is asked."""
    if app.openapi_schema is None:
        made = FastAPI.openapi(app)
        admission: Admission = app.state.admission
        if admission.schemes:
            _describe(made, admission.schemes)
    return FastAPI.openapi(app)


def _describe(made: dict[str, Any], schemes: list[str]) -> None:
    made.setdefault("components", {})["securitySchemes"] = {s: _SCHEMES[s] for s in schemes}
    made["security"] = [{scheme: []} for scheme in schemes]
    refused = {"description": "The caller is not known", "content": problem.CONTENT}
    for operations in made["paths"].values():
        for operation in operations.values():
            operation["responses"]["401"] = refused


def _refusal(admission: Admission) -> ASGIApp:
    challenges = ", ".join(f'{scheme} realm="gateway"' for scheme in admission.schemes)
    return problem.problem(401, "unauthorized", _SAID, {"WWW-Authenticate": challenges})


def _known(offered: list[bytes], digests: list[bytes]) -> bool:
    # Several of a kind leave open which of them counts.
    digest = _digest(offered[0] if len(offered) == 1 else b"")
    fits = [hmac.compare_digest(digest, known) for known in digests]
    return any(fits)


def _token(authorization: bytes) -> bytes:
    scheme, _, token = authorization.partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""


def _digests(secrets: Iterable[SecretStr]) -> list[bytes]:
    return [_digest(secret.get_secret_value().encode()) for secret in secrets]


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
