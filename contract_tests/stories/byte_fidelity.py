"""Requests whose bytes a hop likes to tidy up, each put to the gateway and to the twin.

    query    empty values, repeated keys in both orders, `+`, `%20` and lower-case escapes, an
             unknown key, bounds and what lies beyond them
    path     escapes, a trailing slash, doubled slashes, dots, signs, zeros
    headers  each that the stack file promises to pass, empty and long ones with every method, and
             the content types of a body
    HEAD     as GET, without a body
    body     the same values spelled otherwise, and what one reader takes and the next one does not

Where both answer alike, and what arrives at a tap is what was sent, nothing is said: what must be
answered is other checks' business.
"""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from contract_tests.drift.documents import Operation, Schema
from contract_tests.hops.paired_client import SentRequest
from contract_tests.stories.broken_promises import BrokenPromise, unlike_service
from contract_tests.stories.head_method import unlike_get
from contract_tests.stories.json_variants import hostile, spelled
from contract_tests.stories.lifecycle import JSON, LifecycleChecks
from contract_tests.stories.request_bodies import draft
from contract_tests.stories.resources import Row

_REFUSED: Final = "400"  # a status in words, of three digits
HEADERS: Final = {
    "accept": ("text/html", "application/json;q=0.5, */*;q=0.1"),
    "if-match": ('"never"',),
    "if-none-match": ("*", '"never"'),
    "authorization": ("Bearer nobody",),
    "accept-encoding": ("gzip;q=0.5, identity", "gzip"),
    "cookie": ("a=1; b=2",),
    "prefer": ("return=minimal",),
    "range": ("bytes=0-9",),
}
# No value at all, UTF-8 as it is on the wire, and more than many a reader of a header has room for.
_EXTREME: Final = ("", "\u00e9\u6f22".encode().decode("latin-1"), "x" * 300)
_SAFE: Final = ("GET", "HEAD", "OPTIONS", "TRACE")
_KINDS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json; charset=utf-8"},
    {"Content-Type": "APPLICATION/JSON"},
    {"Content-Type": "application/vnd.api+json"},
)


def unlike(teller: LifecycleChecks) -> Iterator[BrokenPromise]:
    """Yield what gateway and twin answer differently, over one resource."""
    rows = teller.rows("")
    for sent in (
        *_headers(teller),
        *_bodies(teller, rows),
        *_paths(teller, rows),
        *_queries(teller, rows),
    ):
        yield from _held(teller, sent)
    for target in _readable(teller, rows):
        yield from unlike_get(teller, target)
    for sent in _unpublished(teller, rows):
        yield from _succeeding(teller, sent)


def _held(teller: LifecycleChecks, sent: SentRequest) -> Iterator[BrokenPromise]:
    if not teller.sides.tried(sent):
        return
    yield from unlike_service(teller.sides, teller.sides.ask(sent))


def _succeeding(teller: LifecycleChecks, sent: SentRequest) -> Iterator[BrokenPromise]:
    """Yield that one side alone serves what nobody publishes; how it is refused is free."""
    if not teller.sides.tried(sent):
        return
    answer = teller.sides.ask(sent)
    for one in answer.differing:
        if one.what == "status" and (one.gateway < _REFUSED) != (one.twin < _REFUSED):
            yield teller.broken("parity", answer, one.sentence, what=one.what)


def _queries(teller: LifecycleChecks, rows: list[Row]) -> Iterator[SentRequest]:
    names = teller.resource.queried()
    known = {name: _values(name, schema, rows) for name, schema in names.items()}
    queries = ["unknown=1", "&&", "=", "unknown"]
    for name, values in known.items():
        queries += [f"{name}=", name, *(f"{name}={quote(v, safe='')}" for v in values)]
        queries += [f"{name}={_lower(v)}" for v in values[:2]]
        queries += [f"{name}=%20{quote(v, safe='')}" for v in values[:1]]
        queries += _repeated(name, values)
    # Every parameter at once, in the document's order and backwards.
    last = [f"{name}={quote(values[0], safe='')}" for name, values in known.items() if values]
    queries += ["&".join(last), "&".join(reversed(last))]
    for query in queries:
        yield SentRequest(method="GET", target=f"{teller.resource.path}?{query}")


def _repeated(name: str, values: list[str]) -> list[str]:
    one, other = ([quote(v, safe="") for v in values] * 2)[:2] if values else ("", "")
    return [f"{name}={one}&{name}={other}", f"{name}={other}&{name}={one}", f"{name}={one}&{name}="]


def _values(name: str, schema: Schema, rows: list[Row]) -> list[str]:
    """Return values that tell: of the rows themselves, or about the parameter's bounds."""
    held = [str(row[name]) for row in (rows[:1] + rows[-1:]) if row.get(name) is not None]
    bounds = [b for b in (*_bounds(schema), 2, 7) if isinstance(b, int)]
    numbers = [str(n) for b in bounds for n in (b, b - 1, b + 1)]
    numeric = bounds[:-2] or "integer" in json.dumps(schema.get("anyOf", schema.get("type", "")))
    return list(dict.fromkeys([*held, *(numbers if numeric else ["x y+z", "\u00e9"])]))


def _bounds(schema: Schema) -> Iterator[Any]:
    for one in (schema, *schema.get("anyOf", ())):
        yield from (one[word] for word in ("minimum", "maximum") if word in one)


def _paths(teller: LifecycleChecks, rows: list[Row]) -> Iterator[SentRequest]:
    """Yield requests to an item, under its key as it is, escaped, and grown by a little."""
    path, key = teller.resource.path, _key(teller, rows)
    yield SentRequest(method="GET", target=f"{path}?")
    for method in ("HEAD", "OPTIONS", "PUT"):
        yield SentRequest(method=method, target=path)
    if key is None:
        return
    own = f"{path}/{key}"
    places = [own, f"{path}/{_escaped(key)}", f"{own}?unknown=1"]
    places += [f"{path}/{one}{key}" for one in ("%20", "+", "0", "-")]
    places += [f"{own}{one}" for one in ("%20", ".0", "%00", "%3F", "%23", ";v=1")]
    for place in places:
        yield SentRequest(method="GET", target=place)
    for method in ("HEAD", "OPTIONS", "PUT"):
        yield SentRequest(method=method, target=own)


def _readable(teller: LifecycleChecks, rows: list[Row]) -> Iterator[str]:
    yield teller.resource.path
    key = _key(teller, rows)
    if key is not None and teller.resource.read is not None:
        yield teller.resource.at(key)


def _unpublished(teller: LifecycleChecks, rows: list[Row]) -> Iterator[SentRequest]:
    path, key = teller.resource.path, _key(teller, rows)
    places = [f"{path}/", f"/{path}", f"{path}//", f"{path}/.", f"{path}%2F"]
    if key is not None:
        places += [f"{path}/{key}/", f"{path}//{key}", f"{path}/{key}%2F"]
        places += [f"{path}/{one}{key}" for one in ("./", "%2e%2e/", "%2F")]
    for place in places:
        yield SentRequest(method="GET", target=place)
    # Bytes beyond ASCII in a header are opaque (RFC 9110, 5.5): not every hop can hand on what is
    # no UTF-8, but none may break by it.
    for name in _promised(teller):
        yield SentRequest(method="GET", target=path, headers={name: "\u00e9"})


def _key(teller: LifecycleChecks, rows: list[Row]) -> str | None:
    return teller.resource.key(rows[0]) if rows else None


def _headers(teller: LifecycleChecks) -> Iterator[SentRequest]:
    for name in teller.sides.promises.request_headers:
        for value in HEADERS.get(name.lower(), ("x",)):
            yield SentRequest(method="GET", target=teller.resource.path, headers={name: value})
    for extreme in _extremes(teller):
        for method in _SAFE:
            yield SentRequest(method=method, target=teller.resource.path, headers=extreme)


def _extremes(teller: LifecycleChecks) -> Iterator[dict[str, str]]:
    """Yield headers that a hop may refuse, or take."""
    for name in _promised(teller):
        yield from ({name: value} for value in _EXTREME)


def _promised(teller: LifecycleChecks) -> list[str]:
    """Return the headers that pass as they are; one that is volatile may be replaced."""
    promises = teller.sides.promises
    volatile = {name.lower() for name in promises.volatile_headers}
    return [name for name in promises.request_headers if name.lower() not in volatile]


def _bodies(teller: LifecycleChecks, rows: list[Row]) -> Iterator[SentRequest]:
    resource = teller.resource
    key = _key(teller, rows)
    targets = [(resource.create, resource.path)]
    if key is not None:
        targets.append((resource.change, resource.at(key)))
    for operation, target in targets:
        if operation is not None and rows:
            yield from _written(operation, target, rows[0])
            for extreme in _extremes(teller):
                body = _drafted(operation, rows[0], "Extreme ")
                headers = JSON | extreme
                yield SentRequest(
                    method=operation.method, target=target, headers=headers, body=body
                )


def _written(operation: Operation, target: str, pattern: Row) -> Iterator[SentRequest]:
    for body in (*spelled(operation, pattern), *hostile(operation, pattern)):
        yield SentRequest(method=operation.method, target=target, headers=JSON, body=body)
    for kind in _KINDS:
        body = _drafted(operation, pattern, "Kind ")
        yield SentRequest(method=operation.method, target=target, headers=kind, body=body)


def _drafted(operation: Operation, pattern: Row, text: str) -> bytes:
    made = draft(operation, pattern, text)
    return made.encoded() if made else b"{}"


def _escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _lower(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())
