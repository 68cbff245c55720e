"""Whatever a schema is and however each side spells it, each change is named, and nothing but it.

A value's shape is made up, and written twice: in place or by reference, in parts or whole, with
null in one of its spellings. Then one thing about the shape is changed, or one of each of several
of its leaves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contract_tests.drift.document_comparison import drift

Schema = dict[str, Any]
PAIRS = 2_000
NAMES = ("a", "b~/", "c d", "nullable", "on", "items", "enum", "type")
CHANGES: dict[str, Callable[[Schema], Schema]] = {
    "maxLength": lambda said: {**said, "maxLength": said["maxLength"] + 1},
    "minLength": lambda said: {**said, "minLength": said["minLength"] + 1},
    "maximum": lambda said: {**said, "maximum": said["maximum"] + 10},
    "multipleOf": lambda said: {**said, "multipleOf": said["multipleOf"] + 5},
    "enum": lambda said: {**said, "enum": [*said["enum"], "another"]},
    "format": lambda said: {**said, "format": "date"},
    "pattern": lambda said: {**said, "pattern": "^z"},
    "type": lambda said: {"type": "boolean" if said["type"] != "boolean" else "string"},
    "maxItems": lambda said: {**said, "maxItems": said["maxItems"] + 1},
}
# What each does to a caller, as the gateway's side is the one that is changed.
WIDER, NARROWER = ("breaks callers",), ("refuses what was served",)
EFFECTS = {
    **dict.fromkeys(["maxLength", "maximum", "enum", "maxItems"], WIDER),
    **dict.fromkeys(["minLength", "required"], NARROWER),
    **dict.fromkeys(["multipleOf", "format", "pattern", "type"], (*WIDER, *NARROWER)),
    "field": ("promises too little",),
}
LEAVES: list[Schema] = [
    {"type": "string", "maxLength": 5, "minLength": 1},
    {"type": "string", "pattern": "^a"},
    {"type": "string", "format": "uuid"},
    {"type": "string", "enum": ["one", "two"]},
    {"type": "integer", "maximum": 7, "minimum": 1},
    {"type": "number", "multipleOf": 2, "maximum": 100},
    {"type": "boolean"},
]


@dataclass(frozen=True)
class Shape:
    """What a value is: a leaf, fields, items, or a map of one kind of value; perhaps null.

    Or it is one of several `kinds`, each with fields, of which one says which it is.
    """

    said: Schema
    fields: dict[str, "Shape"] = field(default_factory=dict)
    items: "Shape | None" = None
    further: "Shape | None" = None
    takes_null: bool = False
    kinds: dict[str, "Shape"] = field(default_factory=dict)


leaves = st.builds(Shape, st.sampled_from(LEAVES), takes_null=st.booleans())
shapes = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(
            Shape,
            st.just({"type": "object"}),
            fields=st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=4),
            takes_null=st.booleans(),
        ),
        st.builds(
            Shape, st.just({"type": "array", "maxItems": 4}), items=inner, takes_null=st.booleans()
        ),
        st.builds(Shape, st.just({"type": "object"}), further=inner, takes_null=st.booleans()),
    ),
    max_leaves=8,
)
kinds = st.builds(
    Shape,
    st.just({"type": "object"}),
    fields=st.dictionaries(st.sampled_from(NAMES), shapes, min_size=1, max_size=4),
)
choices = st.builds(
    Shape,
    st.just({}),
    kinds=st.dictionaries(st.sampled_from(["first", "second", "third"]), kinds, min_size=2),
)


def places(shape: Shape, pointer: str = "") -> Iterator[tuple[str, Shape]]:
    """Yield every place of a value with its shape."""
    yield pointer, shape
    for kind in shape.kinds.values():
        yield from places(kind, pointer)
    for name, inner in shape.fields.items():
        yield from places(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    for one in (shape.items, shape.further):
        if one is not None:
            yield from places(one, f"{pointer}/*")


def changed(shape: Shape, *changes: tuple[Shape, Shape]) -> Shape:
    """Return a shape with others in the places of some within it, each by what it was."""
    for target, made in changes:
        if shape is target:
            return made
    return replace(
        shape,
        fields={name: changed(one, *changes) for name, one in shape.fields.items()},
        items=shape.items and changed(shape.items, *changes),
        further=shape.further and changed(shape.further, *changes),
        kinds={name: changed(one, *changes) for name, one in shape.kinds.items()},
    )


class Spelling:
    """Writes a shape as a schema, each node in one of the ways that mean the same."""

    def __init__(self, draw: st.DrawFn, prefix: str) -> None:
        self._draw = draw
        self._prefix = prefix
        self.components: Schema = {}

    def spelled(self, shape: Shape) -> Schema:
        said = self._bare(shape)
        if shape.takes_null:
            said = self._or_null(said)
        way = self._draw(st.sampled_from(["plain", "reference", "part", "parts"]))
        if way == "reference":
            name = f"{self._prefix}{len(self.components)}"
            self.components[name] = said
            return {"$ref": f"#/components/schemas/{name}"}
        if way == "part":
            return {"allOf": [said], "description": "a note"}
        return self._split(said) if way == "parts" else said

    def _bare(self, shape: Shape) -> Schema:
        if shape.kinds:
            names = self._draw(st.permutations(list(shape.kinds)))
            return {"oneOf": [self._kind(name, shape.kinds[name]) for name in names]}
        said = dict(shape.said)
        names = self._draw(st.permutations(list(shape.fields)))
        if names:
            said["properties"] = {name: self.spelled(shape.fields[name]) for name in names}
        if shape.items is not None:
            said["items"] = self.spelled(shape.items)
        if shape.further is not None:
            said["additionalProperties"] = self.spelled(shape.further)
        return said

    def _kind(self, name: str, shape: Shape) -> Schema:
        told = {"const": name} if self._draw(st.booleans()) else {"enum": [name]}
        said = self._bare(shape)
        said["properties"] = {"kind": told, **said["properties"]}
        return {**said, "required": ["kind"]}

    def _or_null(self, said: Schema) -> Schema:
        way = self._draw(st.sampled_from(["anyOf", "oneOf", "type"]))
        if way == "type" and "enum" not in said:
            return {**said, "type": [said["type"], "null"]}
        branches = self._draw(st.permutations([said, {"type": "null"}]))
        return {"oneOf" if way == "oneOf" else "anyOf": branches}

    def _split(self, said: Schema) -> Schema:
        """Return a schema in two parts; what bounds further fields stays with the fields."""
        together = {"properties", "additionalProperties", "type"}
        apart = {key: one for key, one in said.items() if key not in together}
        kept = {key: one for key, one in said.items() if key in together}
        return {"allOf": [kept, apart]} if apart and kept else said


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Schema, Schema, str, str]:
    """Draw two documents that differ in one thing, the place of it, and the thing."""
    shape = draw(shapes)
    pointer, target = draw(st.sampled_from(list(places(shape))))
    offered = [one for one in CHANGES if one in target.said]
    offered += ["null", *(["field", "required"] if target.fields else [])]
    what = draw(st.sampled_from(offered))
    service, gateway = Spelling(draw, "S"), Spelling(draw, "G")
    ours, theirs, more = apart(draw, target, what)
    sides = [
        document(side.spelled(changed(shape, (target, one))), side.components)
        for side, one in ((service, theirs), (gateway, ours))
    ]
    return sides[0], sides[1], f"body {pointer}{more}".rstrip(), what


def apart(draw: st.DrawFn, target: Shape, what: str) -> tuple[Shape, Shape, str]:
    """Return a shape changed in one thing, as it was, and what that adds to the place's name."""
    if what == "null":
        return replace(target, takes_null=not target.takes_null), target, ""
    if what == "type":
        made = CHANGES["type"](target.said)
        return Shape(made, takes_null=target.takes_null), target, ""
    if what in CHANGES:
        return replace(target, said=CHANGES[what](target.said)), target, ""
    name = draw(st.sampled_from(list(target.fields)))
    if what == "required":
        return replace(target, said={**target.said, "required": [name]}), target, ""
    fewer = {key: one for key, one in target.fields.items() if key != name}
    token = name.replace("~", "~0").replace("/", "~1")
    return replace(target, fields=fewer), target, f"/{token}"


@st.composite
def several(draw: st.DrawFn) -> tuple[Schema, Schema, list[str]]:
    """Draw two documents that differ in some leaves, and the places of these."""
    shape = draw(choices)
    known = [pair for pair in places(shape) if pair[1].said in LEAVES and "type" in pair[1].said]
    chosen = draw(st.lists(st.sampled_from(known), min_size=1, unique_by=lambda pair: id(pair[1])))
    service, gateway = Spelling(draw, "S"), Spelling(draw, "G")
    changes = []
    for _, target in chosen:
        what = draw(st.sampled_from([one for one in CHANGES if one in target.said]))
        changes.append((target, apart(draw, target, what)[0]))
    theirs, ours = shape, changed(shape, *changes)
    sides = (
        document(service.spelled(theirs), service.components),
        document(gateway.spelled(ours), gateway.components),
    )
    return *sides, [f"body {pointer}".rstrip() for pointer, _ in chosen]


@st.composite
def alike(draw: st.DrawFn) -> tuple[Schema, Schema]:
    """Draw two documents that say the same."""
    shape, service, gateway = draw(shapes), Spelling(draw, "S"), Spelling(draw, "G")
    return (
        document(service.spelled(shape), service.components),
        document(gateway.spelled(shape), gateway.components),
    )


def document(schema: Schema, components: Schema) -> Schema:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {
        "openapi": "3.1.0",
        "paths": {"/things": {"post": {"requestBody": body, "responses": {"200": {}}}}},
        "components": {"schemas": components},
    }


@pytest.mark.timeout(600)
@settings(
    max_examples=PAIRS,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(pairs())
def test_one_change_is_named_and_nothing_but_it(pair: tuple[Schema, Schema, str, str]) -> None:
    service, gateway, place, what = pair
    found = drift({"things": service}, gateway)

    assert {one.where for one in found} == {place}, (what, [one.sentence for one in found])
    assert len(found) == 1, [one.sentence for one in found]
    assert what not in EFFECTS or found[0].effects == EFFECTS[what], what


@pytest.mark.timeout(600)
@settings(
    max_examples=PAIRS // 8,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(several())
def test_several_changes_in_what_is_one_of_several_kinds_are_each_named(
    pair: tuple[Schema, Schema, list[str]],
) -> None:
    service, gateway, changes = pair
    found = drift({"things": service}, gateway)

    assert {one.where for one in found} == set(changes), [one.sentence for one in found]


@pytest.mark.timeout(600)
@settings(
    max_examples=PAIRS // 4,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(alike())
def test_two_spellings_of_one_shape_are_no_difference(pair: tuple[Schema, Schema]) -> None:
    service, gateway = pair

    assert drift({"things": service}, gateway) == []
