"""Turns the schema of a body into templates, the best first, and into what tells which fit it."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from loadtests.command.schema_templates import (
    NoTemplateError,
    Schema,
    SchemaTemplates,
    placeholder,
)

# What a document may have in it that no template is made of.
UNFIT: Final = (ValueError, TypeError, AttributeError, LookupError)
_COMPONENTS: Final = "#/components/"


def bodies(templates: SchemaTemplates, schema: Schema, keys: Collection[str]) -> Iterator[Any]:
    """Yield templates for a body; `templates.draw` has meanwhile what the one yielded draws.

    One that must have something has it, and that alone. One that need have nothing gets a property
    that is drawn, else one that is always the same: a body of nothing changes nothing, and measures
    that. What empties a property, or sets one of its `keys`, is the last resort.
    """
    properties = templates.free_properties(schema)
    if properties is None:
        yield templates.of(schema, "value")
        return
    drawn = dict(templates.draw)
    found = [({}, drawn), *_singles(templates, properties, drawn)]
    for body, templates.draw in sorted(found, key=lambda one: _rank(one[0], keys)):
        yield body


def with_known_references(value: Any, templates: SchemaTemplates) -> Any:  # noqa: ANN401 -- JSON
    """Return schemas without references that lead to no component: whatever is there may fit.

    A validator would fail by them altogether, or fetch them.
    """
    if isinstance(value, list):
        return [with_known_references(one, templates) for one in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: with_known_references(one, templates)
        for key, one in value.items()
        if key != "$ref" or not isinstance(one, str) or _is_known(one, templates)
    }


def _is_known(reference: str, templates: SchemaTemplates) -> bool:
    if not reference.startswith(_COMPONENTS):
        return False
    with suppress(NoTemplateError):
        templates.at(reference)
        return True
    return False


def _singles(
    templates: SchemaTemplates, properties: Mapping[str, Any], drawn: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield a body of each property alone, and what is drawn with it."""
    for name, one in properties.items():
        templates.draw = dict(drawn)
        with suppress(*UNFIT):
            if not templates.resolved(one).get("readOnly"):
                yield {name: templates.of(one, placeholder(name), 1)}, templates.draw


def _rank(body: Mapping[str, Any], keys: Collection[str]) -> int:
    """Return how good a body of one property or none is, 0 for the best."""
    if not body:
        return 2
    [(name, value)] = body.items()
    if placeholder(name) in keys:
        return 4
    if not _has_something(value):
        return 3
    return 0 if _is_drawn(value) else 1


def _within(value: object) -> Collection[object] | None:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else None


def _has_something(value: object) -> bool:
    inner = _within(value)
    return inner is None or any(map(_has_something, inner))


def _is_drawn(value: object) -> bool:
    inner = _within(value)
    if inner is not None:
        return any(map(_is_drawn, inner))
    return isinstance(value, str) and "{" in value.replace("{{", "")
