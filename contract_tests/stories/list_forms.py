"""How a collection answers: where its rows are, what names one, which statuses made one.

All of it is guessed from the schemas, and what a stack file says of a collection goes before that.
The rows may stand in an envelope, an object with a total or a link to the next page beside them:
where they are its only array of objects, and these have a field that can be an item's key.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.drift.documents import Operation, Schema
from contract_tests.drift.schemas.schema_differences import followed
from contract_tests.drift.validation import branches, properties
from testcontainers_fixtures.json_pointers import steps
from testcontainers_fixtures.stack_file.contract_spec import CollectionSpec

Pointer = tuple[str, ...]
_MOST_DEPTH: Final = 3
# Of all rows, not of pages.
_TOTAL: Final = re.compile(r"total_?(count|items|elements|rows|results|hits|size)?", re.IGNORECASE)


class ListForm(Struct, frozen=True, kw_only=True):
    """Where in a listing's answer the rows and their number are, and in a row its key.

    Ways are names from the outermost on. `row` is where a single row stands in an answer, `id` None
    where the path's parameter names the field, `total` None where nobody says how many there are.
    `created` are the statuses that a POST promises; none where only the document says.
    """

    rows: Pointer = ()
    total: Pointer | None = None
    row: Pointer = ()
    id: Pointer | None = None
    created: tuple[int, ...] = ()

    def told(self, said: CollectionSpec | None) -> "ListForm":
        """Return the form with what a stack file says of it."""
        if said is None:
            return self
        ways = {
            name: way(pointer)
            for name in ("rows", "total", "row", "id")
            if (pointer := getattr(said, name)) is not None
        }
        known: dict[str, Any] = {**ways, **({"created": said.created} if said.created else {})}
        return replace(self, **known)

    @property
    def sentence(self) -> str:
        """Return it in the stack file's words."""
        named = {"rows": self.rows, "total": self.total, "row": self.row or None, "id": self.id}
        said = [f'{name} = "{pointer(one)}"' for name, one in named.items() if one is not None]
        said += [f"created = {list(self.created)}"] if self.created else []
        return f"{{ {', '.join(said)} }}"


def guessed(listing: Operation, item: Operation | None) -> ListForm | None:
    """Return the form of a collection by its schemas; None where its listing answers no list."""
    answered = list(_answered(listing))
    if any(one.get("type") == "array" for one in answered):
        return ListForm(row=_row(item))
    for schema in answered if item else ():
        if (rows := _enveloped(schema, item)) is not None:
            return ListForm(rows=rows, total=_total(schema, rows), row=_row(item))
    return None


def keys(item: Operation, fields: Iterable[str]) -> list[str]:
    """Return the fields that may name an item in its path, by their own names."""
    name = item.path.rpartition("{")[2].partition("}")[0]
    return [field for field in fields if name == field or name.endswith(field)]


def way(pointer: str) -> Pointer:
    """Return a JSON pointer as names."""
    return steps(pointer)


def pointer(names: Pointer) -> str:
    """Return names as a JSON pointer."""
    return "".join(f"/{one.replace('~', '~0').replace('/', '~1')}" for one in names)


def at(value: Any, names: Pointer) -> Any:  # noqa: ANN401 -- any JSON
    """Return what stands in an answer at the end of a way; None where nothing does."""
    for name in names:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit():
            value = value[int(name)] if int(name) < len(value) else None
        else:
            return None
    return value


def _answered(operation: Operation) -> Iterator[Schema]:
    for status, answer in operation.answers.items():
        if status.startswith("2"):
            yield from (followed(schema) for schema in answer.content.schemas.values())


def _enveloped(schema: Schema, item: Operation | None) -> Pointer | None:
    """Return the way to the only array of objects, if these have a field that can be a key."""
    arrays = list(_arrays(schema, schema, ()))
    if item is None or len(arrays) != 1:
        return None
    [(names, fields)] = arrays
    return names if keys(item, fields) else None


def _arrays(schema: Any, root: Schema, names: Pointer) -> Iterator[tuple[Pointer, set[str]]]:  # noqa: ANN401 -- a schema may be a boolean
    """Yield each array of objects within an object, with their fields."""
    for branch in branches(schema, root) if len(names) < _MOST_DEPTH else ():
        for name, one in properties(branch).items():
            here = (*names, name)
            if fields := _fields_in(one, root):
                yield here, fields
            elif not _is_array(one, root):
                yield from _arrays(one, root, here)


def _is_array(schema: Any, root: Schema) -> bool:  # noqa: ANN401 -- as above
    return any(one.get("type") == "array" for one in branches(schema, root))


def _fields_in(schema: Any, root: Schema) -> set[str]:  # noqa: ANN401 -- as above
    """Return the fields of the objects that an array holds; none where it is no such array."""
    arrays = [one for one in branches(schema, root) if one.get("type") == "array"]
    return {
        name
        for array in arrays
        for one in branches(array.get("items"), root)
        for name in properties(one)
    }


def _total(schema: Schema, rows: Pointer) -> Pointer | None:
    """Return the way to a whole number that is called a total, beside the rows or above them."""
    for depth in range(len(rows) - 1, -1, -1):
        names, node = rows[:depth], _below(schema, rows[:depth])
        for branch in branches(node, schema):
            for name, one in properties(branch).items():
                kinds = {str(b.get("type")) for b in branches(one, schema)}
                if _TOTAL.fullmatch(name) and kinds & {"integer", "number"}:
                    return (*names, name)
    return None


def _below(schema: Schema, names: Pointer) -> Any:  # noqa: ANN401 -- as above
    node: Any = schema
    for name in names:
        found = (properties(one).get(name) for one in branches(node, schema))
        node = next((one for one in found if one is not None), {})
    return node


def _row(item: Operation | None) -> Pointer:
    """Return where a single row stands in an answer about an item: () for the answer itself."""
    for schema in _answered(item) if item else ():
        known = {n: one for b in branches(schema, schema) for n, one in properties(b).items()}
        if not known or item is None or keys(item, known):
            return ()
        held = [n for n, one in known.items() if keys(item, _fields_of(one, schema))]
        return (held[0],) if len(held) == 1 else ()
    return ()


def _fields_of(schema: Any, root: Schema) -> set[str]:  # noqa: ANN401 -- as above
    return {name for one in branches(schema, root) for name in properties(one)}
