"""Which values a list can be asked for by, and its rows can have, where both are enumerated."""

from collections.abc import Iterator
from typing import Final

from contract_tests.drift.documents import Schema
from contract_tests.drift.validation import branches, properties
from contract_tests.stories.resources import Resource, body_of

MOST: Final = 4


def choices(resource: Resource, name: str) -> list[str]:
    """Return such values of a filter, at most a few; none where nobody says what rows can have.

    A word of the filter's own (`all`, say) is none of a row's, and so is not among them.
    """
    asked = _enumerated(resource.queried()[name], resource.queried()[name])
    held = {one for field in _fields(resource, name) for one in field}
    return [one for one in dict.fromkeys(asked) if one in held][:MOST]


def _fields(resource: Resource, name: str) -> Iterator[Iterator[str]]:
    body = (body_of(resource.create)[1] if resource.create else None) or {}
    for branch in branches(body, body):
        yield _enumerated(properties(branch).get(name), body)


def _enumerated(schema: object, root: Schema) -> Iterator[str]:
    for branch in branches(schema, root):
        yield from (one for one in branch.get("enum", ()) if isinstance(one, str))
