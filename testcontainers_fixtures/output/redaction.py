"""What is secret, and how a text is shown without it.

Whoever makes or is given a secret notes it, and whatever is kept of a run passes `hidden_in`, so
that it is in no record, page or report, though a service echo it. A command line is written down by
`command_line` alone, a URL in a message by `without_passwords`.
"""

import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from json import dumps
from typing import Final, TypeVar, cast
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct, structs

from testcontainers_fixtures.errors import SpecError

HIDDEN: Final = "***"
# What is shorter would be found in words that are none.
LEAST_CHARACTERS: Final = 6
_NAME: Final = r"[\w-]*(?:authorization|cookie|credential|api[-_]?key|passw|secret|token)[\w-]*"
# A password may hold what should have been escaped; a port is none, nor a test's name.
_IN_URL: Final = re.compile(r"((?:\w://|^)[^\s:/@'\"]*):(?!:|//|\d{1,5}(?:[/?#\s'\"]|$))[^\s'\"]*@")
_IN_QUERY: Final = re.compile(rf"([?&]{_NAME}=)[^&\s'\"]+", re.IGNORECASE)
# A header, or an assignment, by itself or as an option's value.
_ASSIGNED: Final = re.compile(
    rf"((?:^|[=\s'\"])-*{_NAME}\s*(?:=|:(?!:))\s*).+", re.IGNORECASE | re.DOTALL
)
_OPTION: Final = re.compile(rf"--?{_NAME}", re.IGNORECASE)
# TOKENS is one, TOKEN_LIFETIME_S and COOKIE_NAME are none.
_SETTING: Final = re.compile(r"(?:passw(?:or)?d|pass|secret|token|api_?key)s?$", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_noted: set[str] = set()
Any_ = TypeVar("Any_")


def noted(secret: str) -> str:
    """Remember that a text is secret, for as long as this process lives, and return it."""
    if len(secret) >= LEAST_CHARACTERS:
        _noted.update(_spellings(secret))
    return secret


def noted_in(url: str) -> str:
    """Remember the password of a URL, and return the URL as it is."""
    found = re.match(r"\w+://[^\s:/@]*:(.*)@", url)
    for password in {found[1], unquote(found[1])} if found else ():
        noted(password)
    return url


def noted_in_settings(settings: Mapping[str, str]) -> Mapping[str, str]:
    """Remember what is secret by its name, and passwords in URLs; return the settings as they are.

    Of several, with commas between, each is a secret.
    """
    for name, value in settings.items():
        noted_in(value)
        if _SETTING.search(name):
            for one in (value, *value.split(",")):
                noted(one.strip())
    return settings


def noted_in_query(target: str) -> str:
    """Remember the keys and tokens of a request's query, and return the request as it is."""
    for found in _IN_QUERY.finditer(target):
        noted(found[0].removeprefix(found[1]))
    return target


def hidden(text: str) -> str:
    """Return a text without the secrets that are noted; one that has none is as it was."""
    for secret in sorted(_noted, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def hidden_in(value: Any_) -> Any_:
    """Return data, such as a run record, with `hidden` text throughout."""
    return cast("Any_", _hidden(value))


def without_passwords(text: str) -> str:
    """Return a text, such as a URL, with HIDDEN for each password and key that shows as such."""
    return _IN_QUERY.sub(rf"\1{HIDDEN}", _IN_URL.sub(rf"\1:{HIDDEN}@", hidden(text)))


def command_line(words: Sequence[str]) -> str:
    """Return a command as it is written down: its options, and a secret's place where one stood."""
    shown: list[str] = []
    for word, before in zip(words, ["", *words], strict=False):
        value = not word.startswith("-") and _OPTION.fullmatch(before)
        bare = HIDDEN if value else without_passwords(word)
        shown.append(_ASSIGNED.sub(rf"\1{HIDDEN}", bare))
    return shlex.join(shown)


def read(option: str, text: str) -> str:
    """Return an option's value; `$NAME` is read from the environment, where no `ps` shows it.

    Raises SpecError where that variable is not set.
    """
    named = _VARIABLE.fullmatch(text)
    if named is None:
        return text
    name = named[1] or named[2]
    if not os.environ.get(name):
        raise SpecError(
            f"Expected the value of {option} in the environment variable {name}; it is not set."
        )
    return os.environ[name]


def without_user(option: str, url: str) -> str:
    """Return a URL that names no user; raise SpecError, without its password, for one that does."""
    if "@" in urlsplit(url).netloc:
        raise SpecError(
            f"Expected {option} without a user and a password; seen: {without_passwords(url)!r}. "
            "What lets the harness in stands in environment variables, which [contract] "
            "credentials of a stack file name."
        )
    return url


def _hidden(value: object) -> object:
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, dict):
        return {_hidden(key): _hidden(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_hidden, value))
    if isinstance(value, Struct):
        fields = {name: _hidden(getattr(value, name)) for name in value.__struct_fields__}
        return structs.replace(value, **fields)
    return value


def _spellings(secret: str) -> Iterable[str]:
    """Return a secret as it may stand in a URL, in JSON, in XML and in Python's quotes."""
    return (
        secret,
        quote(secret, safe=""),
        quote(secret),
        dumps(secret)[1:-1],
        dumps(secret, ensure_ascii=False)[1:-1],
        escape(secret),
        repr(secret)[1:-1],
    )
