"""Bodies of forms, multipart and URL-encoded, as bytes that a hop which reads them writes anew.

    multipart     boundaries of every letter that may be, quoted; text before the first part and
                  behind the last; a part's headers in other cases and in other orders; file names
                  beyond ASCII; bytes of every value, line ends alone, what looks like a boundary
    URL-encoded   `+` and `%20`, lower-case escapes, none where one is usual, repeated and empty
                  names, `&` too many, another order

Each is what RFC 7578, RFC 2046 and the URL standard allow, or what readers of forms are known to
take. What must be answered is not said here: whoever hands a body on hands on its bytes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, quote_plus

from msgspec import Struct

from contract_tests.drift.documents import Operation, Schema
from contract_tests.drift.generation import drawn
from contract_tests.drift.validation import branches
from contract_tests.stories.request_bodies import fields
from testcontainers_fixtures.http_client.answer_bodies import kind_of

MULTIPART: Final = "multipart/form-data"
URL_ENCODED: Final = "application/x-www-form-urlencoded"
FORMS: Final = frozenset({MULTIPART, URL_ENCODED})
# All that a boundary may hold beside letters and digits, as long as may be (RFC 2046, 5.1.1).
_STRANGE: Final = "0'()+_,-./:=? " + "x" * 55 + "z"
_PLAIN: Final = "----story7e3f"
_EVERY_BYTE: Final = bytes(range(256)) * 2
_BINARY: Final = ("binary", "byte")
_LONG: Final = 300 * 1024
_FILE_NAME: Final = '"story.bin"'


class FormBody(Struct, frozen=True, kw_only=True):
    """A body of a form: its bytes, and its Content-Type as it is sent."""

    kind: str
    content: bytes


class FormPart(Struct, frozen=True, kw_only=True):
    """One field of a form; `is_file` where its schema says that it holds bytes."""

    name: str
    value: bytes
    is_file: bool


def takes_form(operation: Operation) -> bool:
    """Tell whether an operation takes a form."""
    return any(kind_of(kind) in FORMS for kind in _schemas(operation))


def form_bodies(operation: Operation) -> Iterator[FormBody]:
    """Yield the bodies for an operation that takes a form; none for another."""
    for said, schema in _schemas(operation).items():
        kind = kind_of(said)
        if kind == MULTIPART:
            yield from _multipart(form_parts(schema))
        elif kind == URL_ENCODED:
            yield from _url_encoded(form_parts(schema))


def _schemas(operation: Operation) -> dict[str, Schema]:
    return operation.body.schemas if operation.body else {}


def form_parts(schema: Schema) -> list[FormPart]:
    """Return the fields of a form that fits a schema, in their order; one where none is named."""
    known = fields(schema)
    made = _simplest(schema)
    named = {n: v for n, v in made.items() if n in known} or made
    pairs = [(name, one) for name, value in named.items() for one in _several(value)]
    parts = [
        FormPart(name=name, value=_written(value), is_file=_is_file(known.get(name, {})))
        for name, value in pairs
    ]
    return parts or [FormPart(name="story", value=b"told", is_file=False)]


def _simplest(schema: Schema) -> dict[str, Any]:
    """Return an object that fits a schema, with as little beside what it asks for as can be."""
    made = [one for one in drawn(schema) if isinstance(one, dict) and one]
    return min(made, key=lambda one: len(json.dumps(one)), default={})


def _several(value: Any) -> Sequence[Any]:  # noqa: ANN401 -- any JSON
    return value if isinstance(value, list) else [value]


def _written(value: Any) -> bytes:  # noqa: ANN401 -- any JSON
    return (value if isinstance(value, str) else json.dumps(value)).encode(errors="replace")


def _is_file(schema: Schema) -> bool:
    """Tell whether a field, or each of several, holds bytes."""
    each = [schema, *(one for one in (schema.get("items"),) if isinstance(one, dict))]
    return any(
        one.get("format") in _BINARY or "contentMediaType" in one or "contentEncoding" in one
        for some in each
        for one in branches(some, some)
    )


def _multipart(parts: list[FormPart]) -> Iterator[FormBody]:
    plain = [_part(one) for one in parts]
    yield _bound(plain)
    yield _bound(plain, boundary=_STRANGE, kind=f'{MULTIPART}; boundary="{_STRANGE}"')
    yield _bound(plain, kind=f'Multipart/Form-Data; charset=UTF-8; Boundary="{_PLAIN}"')
    yield _bound(plain, before=b"A preamble.\r\n", after=b"\r\nAn epilogue.\r\n")
    yield _bound(plain, padding=b" \t")
    yield _bound(plain[::-1])
    yield _bound([*plain, *plain[:1]])
    yield _bound([_part(one, lower=True) for one in parts])
    yield _bound([_part(one, more=b"Content-Type: text/plain; charset=utf-8") for one in parts])
    for name in (
        '"caf\u00e9 \u6f22.txt"',
        '"a%22b\\\\c.txt"',
        '""',
        "\"a; b.txt\"; x*=UTF-8''%e2%82%ac",
    ):
        yield _bound([_part(one, file=name) for one in parts])
    for value in _values():
        yield _bound([_part(one, value=value) for one in parts])


def _values() -> Iterator[bytes]:
    yield from (b"", _EVERY_BYTE, b"\n\r\n\r", b"\r\n--" + _PLAIN[:-1].encode() + b"\r\n")
    yield b"long " * (_LONG // 5)


def _part(
    one: FormPart,
    *,
    value: bytes | None = None,
    lower: bool = False,
    file: str = "",
    more: bytes = b"",
) -> bytes:
    """Return a part with its headers; text keeps its own value where it cannot hold any bytes."""
    held = one.value if value is None or not one.is_file else value
    # As a browser writes a name (HTML, multipart/form-data): all else is UTF-8 as it is.
    name = one.name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
    told = f'form-data; name="{name}"'
    if file or one.is_file:
        told += f"; filename={file or _FILE_NAME}"
        more = more or b"Content-Type: application/octet-stream"
    first = b"Content-Disposition: " + told.encode(errors="replace")
    lines = [first, more] if more else [first]
    if lower:
        lines = [_lower(line) for line in reversed(lines)]
    return b"\r\n".join([*lines, b"", held])


def _lower(line: bytes) -> bytes:
    name, _, value = line.partition(b":")
    return name.lower() + b":" + value.strip()


def _bound(  # noqa: PLR0913 -- what is put where, each by its name
    parts: list[bytes],
    *,
    boundary: str = _PLAIN,
    kind: str = "",
    before: bytes = b"",
    after: bytes = b"\r\n",
    padding: bytes = b"",
) -> FormBody:
    mark = b"--" + boundary.encode()
    made = b"".join(mark + padding + b"\r\n" + part + b"\r\n" for part in parts)
    whole = before + made + mark + b"--" + padding + after
    return FormBody(kind=kind or f"{MULTIPART}; boundary={boundary}", content=whole)


def _url_encoded(parts: list[FormPart]) -> Iterator[FormBody]:
    known = {one.name: one.value.decode(errors="replace") for one in parts}
    for text in _texts(known):
        yield FormBody(kind=URL_ENCODED, content=text.encode("utf-8"))
    plain = _joined(known)
    for kind in (f"{URL_ENCODED}; charset=utf-8", URL_ENCODED.title()):
        yield FormBody(kind=kind, content=plain.encode())
    yield FormBody(kind=URL_ENCODED, content=b"")


def _texts(known: Mapping[str, str]) -> Iterator[str]:
    plain, spaced = _joined(known), {name: f"{value} +\u00e9&=;%/" for name, value in known.items()}
    yield from (
        plain,
        _joined(spaced),
        _joined(spaced, plus=False),
        _lower_escapes(_joined(spaced)),
    )
    yield from (f"{plain}&{plain}", f"&{plain}&&", f"{plain}&=", f"{plain}&story", f"{plain}&a=b=c")
    yield "&".join(f"{name}={value}" for name, value in known.items())  # nothing is escaped
    yield _joined(dict(reversed(list(known.items()))))
    yield "&".join(f"{quote(name)}=" for name in known)
    yield f"{plain}&story={'long+' * (_LONG // 5)}"
    yield f"{plain}&story=%zz%"


def _joined(known: Mapping[str, str], *, plus: bool = True) -> str:
    written = quote_plus if plus else quote
    return "&".join(f"{written(name)}={written(value)}" for name, value in known.items())


def _lower_escapes(text: str) -> str:
    pieces = text.split("%")
    return "%".join([pieces[0], *(one[:2].lower() + one[2:] for one in pieces[1:])])
