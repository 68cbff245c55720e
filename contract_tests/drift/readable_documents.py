"""Makes a document of what can be read of one, so that requests are drawn from all the rest of it.

A schema that cannot be read takes any value, and whatever else cannot be read is left out. Of such
an operation nobody can say which requests are valid: `guessed` names it. A stream of events that
is called text takes any: each event, which is no text, would be held against that.
"""

import copy
from typing import Any, Final

from contract_tests.drift.documents import Document, Operation, Schema, read
from contract_tests.drift.reading import UNREAD, UnreadPlace
from testcontainers_fixtures.http_client.answer_bodies import kind_of
from testcontainers_fixtures.json_pointers import steps

_EVENTS: Final = "text/event-stream"
_GONE: Final = object()
_ANY_ANSWER: Final = {"description": "It cannot be read."}


def readable(document: Document) -> dict[str, Any]:
    """Return a document without what cannot be read of it; the same where nothing is lost."""
    lost = read(document).unread
    made: dict[str, Any] = dict(document)
    if lost:
        made = copy.deepcopy(made)
        for place in lost:
            _mend(made, place)
        made = _kept(made)
    told: dict[str, Any] = _with_events(made)
    return told


def _with_events(node: Any) -> Any:  # noqa: ANN401 -- any node of a document
    """Return a document in which a stream of events is no text: its reader holds each to a schema.

    Before OpenAPI 3.2 had `itemSchema`, there was no way to say what an event is, and many
    documents call the stream a string.
    """
    if isinstance(node, list):
        return [_with_events(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {"schema": {}} if kind_of(str(key)) == _EVENTS and _is_text(one) else _with_events(one)
        for key, one in node.items()
    }


def _is_text(media: Any) -> bool:  # noqa: ANN401 -- whatever stands there
    schema = media.get("schema") if isinstance(media, dict) else None
    return isinstance(schema, dict) and schema.get("type") == "string"


def guessed(document: Document) -> frozenset[str]:
    """Return the labels of the operations whose requests could not be read whole."""
    return frozenset(one.label for one in read(document).operations.values() if _is_guessed(one))


def _is_guessed(one: Operation) -> bool:
    schemas = [parameter.schema for parameter in one.parameters.values()]
    schemas += one.body.schemas.values() if one.body else []
    return bool(one.unread & {"parameters", "body"}) or any(map(_holds_unread, schemas))


def _holds_unread(schema: Schema) -> bool:
    left: list[Any] = [schema]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if UNREAD in one:
                return True
            left += one.values()
        elif isinstance(one, list):
            left += one
    return False


def _mend(document: dict[str, Any], place: UnreadPlace) -> None:
    """Put in a place's stead what is known of it: nothing."""
    *way, key = steps(place.pointer)
    parent: Any = document
    for name in way:
        parent = _in(parent, name)
    if _in(parent, key) is not _GONE:
        parent[int(key) if isinstance(parent, list) else key] = _instead(place, way)


def _instead(place: UnreadPlace, way: list[str]) -> object:
    within = way[-1] if way else ""
    if within == "headers":
        return _GONE
    if place.kind == "schema":
        return {}
    if place.kind == "part" and within == "responses":
        return dict(_ANY_ANSWER)
    return _GONE


def _in(parent: Any, name: str) -> Any:  # noqa: ANN401 -- any node of a document
    if isinstance(parent, dict):
        return parent.get(name, _GONE)
    if isinstance(parent, list) and name.isdigit() and int(name) < len(parent):
        return parent[int(name)]
    return _GONE


def _kept(node: Any) -> Any:  # noqa: ANN401 -- as above
    """Return a document without the places that are gone."""
    if isinstance(node, list):
        return [_kept(one) for one in node if one is not _GONE]
    if isinstance(node, dict):
        return {key: _kept(one) for key, one in node.items() if one is not _GONE}
    return node
