"""Logs a user in: sends the login's request, and takes the token out of its answer.

A token is a secret of its own: it is noted, so that nothing that is kept of a run has it.
"""

import json
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from testcontainers_fixtures.errors import LoginError, NoAnswerError
from testcontainers_fixtures.http_client.http_exchange import HttpReply, exchange
from testcontainers_fixtures.json_pointers import looked_up
from testcontainers_fixtures.output.redaction import hidden, noted
from testcontainers_fixtures.secret_values import with_secrets
from testcontainers_fixtures.stack_file.login_spec import TOKEN, Login

ANSWER_WITHIN_S: Final = 10.0
_JSON: Final = {"Accept": "application/json", "Content-Type": "application/json"}
_FORM: Final = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
}
_SHOWN: Final = 200


class LoggedIn(Struct, frozen=True, kw_only=True):
    """A user's headers, and until when (`time.monotonic`) they let it in; None: without end."""

    headers: dict[str, str]
    until_s: float | None


def with_its_secrets(login: Login) -> Login:
    """Return a login with each secret in its place; raise SpecError for one that is not set."""
    where = "The [login]"
    return replace(
        login,
        headers={name: with_secrets(value, where) for name, value in login.headers.items()},
        form={name: with_secrets(value, where) for name, value in login.form.items()},
        body=_mapped(login.body, lambda text: with_secrets(text, where)),
    )


def guarded(login: Login) -> Login:
    """Remember every text that a login sends as secret, where nobody knows any more which are."""
    _mapped([login.body, login.form, login.headers], noted)
    return login


def log_in(base_url: str, login: Login, user: int = 1) -> LoggedIn:
    """Return what lets a user in; raise LoginError, in one sentence, where nothing does."""
    began_s = time.monotonic()
    answer = _answer(base_url, login, user)
    token = noted(_token(login, answer))
    headers = {name: value.replace(TOKEN, token) for name, value in login.header.items()}
    lasts_s = login.lasts_s if login.lasts is None else _number(answer, login.lasts)
    return LoggedIn(headers=headers, until_s=None if lasts_s is None else began_s + lasts_s)


def _answer(base_url: str, login: Login, user: int) -> HttpReply:
    def named(text: str) -> str:
        return text.replace("{user}", str(user))

    method, _, target = login.request.partition(" ")
    body = _body(login, named)
    headers = (_FORM if login.form else _JSON if body else {}) | {
        name: named(value) for name, value in login.headers.items()
    }
    try:
        answer = exchange(
            base_url,
            method,
            named(target),
            within_s=ANSWER_WITHIN_S,
            headers=headers,
            body=body,
        )
    except NoAnswerError as error:
        raise LoginError(f"The login {login.request!r} got {error}.") from error
    if answer.status not in login.status:
        expected = " or ".join(map(str, login.status))
        raise LoginError(
            f"The login {login.request!r} was expected to answer {expected}; seen: "
            f"{answer.status} {hidden(answer.text)[:_SHOWN]}"
        )
    return answer


def _body(login: Login, named: Callable[[str], str]) -> bytes | None:
    if login.form:
        return urlencode({name: named(value) for name, value in login.form.items()}).encode()
    if login.body is None:
        return None
    return json.dumps(_mapped(login.body, named)).encode()


def _token(login: Login, answer: HttpReply) -> str:
    if login.token.startswith("header "):
        name = login.token.removeprefix("header ").lower()
        found: object = next((v for key, v in answer.headers if key.lower() == name), None)
    else:
        found = _pointed_at(answer, login.token)
    if not isinstance(found, str) or not found.isprintable() or not found:
        raise LoginError(
            f"The login {login.request!r} was expected to bring a token at {login.token}; its "
            f"answer has none there."
        )
    return found


def _number(answer: HttpReply, pointer: str) -> float:
    found = _pointed_at(answer, pointer)
    if isinstance(found, bool) or not isinstance(found, int | float) or found <= 0:
        raise LoginError(
            f"The login was expected to say at {pointer} for how many seconds its token is good; "
            f"seen: {str(found)[:_SHOWN]}."
        )
    return float(found)


def _pointed_at(answer: HttpReply, pointer: str) -> object:
    """Return what stands at a JSON pointer of an answer; None where nothing does."""
    try:
        found: object = looked_up(json.loads(answer.body), pointer)
    except (LookupError, TypeError, ValueError):
        return None
    return found


def _mapped(value: Any, text: Callable[[str], str]) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {key: _mapped(one, text) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(one, text) for one in value]
    return value
