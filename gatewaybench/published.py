"""What a running part says of itself: which health request it answers, and its OpenAPI document."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from testcontainers_fixtures.errors import NoAnswerError, SpecError
from testcontainers_fixtures.http_client.http_exchange import exchange

WITHIN_S: Final = 5.0
DOCUMENTS: Final = ("/openapi.json", "/api.json", "/swagger.json")
HEALTH: Final = ("/ready", "/health", "/healthz", "/ping", "/livez")
MOST_ROWS: Final = 20
_OK: Final = range(200, 300)
# Where a schema says a value itself.
_SAYS: Final = ("const", "example", "default")
_DEEPEST: Final = 6
# A UUID for each of at most so many rows: it has room for one digit that counts.
UUIDS: Final = "00000000-0000-4000-8000-00000000000{n}"
MOST_UUIDS: Final = 9
# A group that repeats: each sign more of a text may double the time that one takes to be matched.
_WITHOUT_END: Final = re.compile(r"\)[*+{]")
_MOST_MATCHED: Final = 200
# What each format's values look like, `{n}` being another one a row.
_TEXTS: Final = {
    "email": "seed{n}@example.org",
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "uuid": UUIDS,
    "uri": "http://example.org/{n}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A part that is up, or was told of: name, port, what it told; its command where known.

    `probe` is the path that the gateway was asked for and answered, "" where it answered none, and
    None where nobody was asked.
    """

    name: str
    port: int
    ready: str
    openapi: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    probe: str | None = None

    def reads(self) -> Iterator[str]:
        """Yield the paths of GETs that need nothing but numbers in their path."""
        for path, methods in self.document.get("paths", {}).items():
            asked = [*methods.get("parameters", ()), *methods.get("get", {}).get("parameters", ())]
            known = [self.resolved(one) for one in asked]
            if "get" in methods and all(_easy(one) for one in known):
                yield path

    def creates(self) -> Iterator[tuple[str, dict[str, Any], int]]:
        """Yield path, body and status of the POSTs of collections whose body can be made up."""
        for path, methods in self.document.get("paths", {}).items():
            operation = methods.get("post")
            if operation is None or "{" in path:
                continue
            content = self.resolved(operation.get("requestBody", {})).get("content", {})
            body = self.sample(content.get("application/json", {}).get("schema", {}))
            status = next((int(one) for one in operation.get("responses", {}) if one[:1] == "2"), 0)
            if isinstance(body, dict) and body and status:
                yield path, body, status

    def answers(self, path: str) -> frozenset[str]:
        """Return the fields of what a POST of this path answers, where its document says."""
        operation = self.document.get("paths", {}).get(path, {}).get("post", {})
        told = (one for code, one in operation.get("responses", {}).items() if code[:1] == "2")
        content = self.resolved(next(told, {})).get("content", {}).get("application/json", {})
        return frozenset(self.resolved(content.get("schema", {})).get("properties", {}))

    def sample(self, schema: Mapping[str, Any], deep: int = 0) -> Any:  # noqa: ANN401, PLR0911 -- any JSON, a way a type
        """Return a value of a schema, `{n}` where each is to differ; None where none is known."""
        schema = self.resolved(schema)
        if (own := _of_its_own(schema)) is not None:
            return own
        if known := [schema[key] for key in _SAYS if key in schema]:
            return known[0]
        if choices := schema.get("enum") or schema.get("examples"):
            return choices[0]
        if options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            return self.sample(options[0], deep + 1) if deep < _DEEPEST else None
        match schema.get("type"):
            case "object":
                return self._object(schema, deep)
            case "array":
                least = schema.get("minItems", 0)
                return [self.sample(schema.get("items", {}), deep + 1)] * least
            case "string":
                return _text(schema)
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
        return None

    def _object(self, schema: Mapping[str, Any], deep: int) -> dict[str, Any] | None:
        properties = schema.get("properties", {})
        if deep >= _DEEPEST:
            return None
        made = {
            name: self.sample(properties.get(name, {}), deep + 1)
            for name in schema.get("required", ())
        }
        return None if None in made.values() else made

    def resolved(self, one: object) -> Mapping[str, Any]:
        """Return an object of the document, or the one that it refers to; an empty one for none."""
        for _ in range(_DEEPEST):
            if not isinstance(one, Mapping):
                break
            if "$ref" not in one:
                return one
            at: Any = self.document
            for step in str(one["$ref"]).removeprefix("#/").split("/"):
                at = at.get(step, {}) if isinstance(at, Mapping) else {}
            one = at
        return {}


def asked(name: str, url: str) -> Published:
    """Return what a part says that is up; raise SpecError where nobody answers at its URL."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SpecError(
            f"Expected the URL of {name}, such as http://127.0.0.1:8000; seen: {url!r}."
        )
    ready = next((path for path in HEALTH if required_answer(name, url, path) is not None), "")
    for path in DOCUMENTS:
        document = _document(required_answer(name, url, path))
        if document:
            break
    else:
        path, document = "", {}
    port = parts.port or (443 if parts.scheme == "https" else 80)
    # The part is started without the base path that its URL was given with.
    base = parts.path.rstrip("/")
    said = f"GET {base}{ready}" if ready else "tcp"
    there = f"{base}{path}" if path else ""
    return Published(name=name, port=port, ready=said, openapi=there, document=document)


def required_answer(name: str, url: str, path: str) -> bytes | None:
    """Return what is answered with 2xx, None for else; raise SpecError where nobody answers."""
    try:
        return answer_to(url, path)
    except NoAnswerError as error:
        raise SpecError(f"Expected {name} to answer at {url}; {error}: start it first.") from error


def answer_to(url: str, path: str) -> bytes | None:
    """Return what a GET is answered with 2xx, None for else; raise NoAnswerError for nothing."""
    reply = exchange(url, "GET", path, within_s=WITHIN_S)
    return reply.body if reply.status in _OK else None


def _document(body: bytes | None) -> dict[str, Any]:
    try:
        told = json.loads(body or b"null")
    except ValueError:
        return {}
    return told if isinstance(told, dict) and isinstance(told.get("paths"), dict) else {}


def _easy(parameter: Mapping[str, Any]) -> bool:
    """Tell whether a parameter can be left out, or is a number in the path."""
    if parameter.get("in") == "path":
        return bool(parameter.get("schema", {}).get("type") == "integer")
    return not parameter.get("required", False)


def _of_its_own(schema: Mapping[str, Any]) -> str | None:
    """Return a text that is another one a row, where no two may often have the same; else None."""
    text = _TEXTS.get(schema.get("format", ""), "")
    fixed = any(key in schema for key in ("const", "enum", "pattern"))
    return text if "{n}" in text and not fixed and _fits(schema, text) else None


def _text(schema: Mapping[str, Any]) -> str | None:
    made = _unheld(schema)
    return made if made and _meets(schema.get("pattern"), made) else None


def _meets(pattern: object, text: str) -> bool:
    """Tell whether every row's text meets a pattern; not where it cannot be read, or in no time."""
    if not pattern:
        return True
    if not isinstance(pattern, str) or _WITHOUT_END.search(pattern) or len(text) > _MOST_MATCHED:
        return False
    rows = (text.replace("{n}", str(n)) for n in (1, _longest(text)))
    try:
        return all(re.search(pattern, one) for one in rows)
    except (re.error, OverflowError, RecursionError):
        return False


def _unheld(schema: Mapping[str, Any]) -> str | None:
    """Return a text of the schema's length, whatever its pattern."""
    if text := _TEXTS.get(schema.get("format", ""), ""):
        return text if _fits(schema, text) else None
    least = schema.get("minLength", 0)
    # The shortest row's number has one sign where the text has `{n}`.
    text = "seed {n}".ljust(least + len("{n}") - 1, "x")
    return text if _fits(schema, text) else "s" * max(least, 1)


def _fits(schema: Mapping[str, Any], text: str) -> bool:
    """Tell whether every row's text is of a length that a schema takes."""
    shortest, longest = (len(text.replace("{n}", n)) for n in ("1", str(_longest(text))))
    return bool(
        schema.get("minLength", 0) <= shortest and longest <= schema.get("maxLength", longest)
    )


def _longest(text: str) -> int:
    return MOST_UUIDS if text == UUIDS else MOST_ROWS
