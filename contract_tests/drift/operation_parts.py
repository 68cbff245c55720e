"""Reads the parts of one operation: its parameters, its body and its answers."""

from typing import Any, Final

from contract_tests.drift.document_schemas import DocumentSchemas
from contract_tests.drift.media_types import media_type
from contract_tests.drift.operation import (
    Content,
    DocumentedResponse,
    Parameter,
    Place,
    Schema,
    path_names,
)
from contract_tests.drift.pointers import Pointers
from contract_tests.drift.reading import UnreadableError, UnreadPlace, mapping, sequence, token
from contract_tests.drift.schemas.never_null import without_null
from testcontainers_fixtures.errors import SpecError

_STYLES: Final[dict[str, str]] = {
    "query": "form",
    "cookie": "form",
    "path": "simple",
    "header": "simple",
    "querystring": "form",
}
# OpenAPI: what is said of them stands elsewhere, and is ignored here.
_IGNORED_PARAMETERS: Final = frozenset({"accept", "content-type", "authorization"})
_IGNORED_HEADERS: Final = frozenset({"content-type"})
EXTENSION: Final = "x-"
_SHOWN_LINKS: Final = 5


class PartsReader:
    """Reads parts of operations; a pointer goes with each, so that it can be named.

    `unread` is filled with what cannot be read, `lost` with which parts of an operation that is.
    """

    def __init__(
        self, pointers: Pointers, schemas: DocumentSchemas, unread: list[UnreadPlace]
    ) -> None:
        self.lost: set[str] = set()
        self._pointers = pointers
        self._schemas = schemas
        self._unread = unread

    def __repr__(self) -> str:
        """Show what was lost."""
        return f"<PartsReader without {', '.join(sorted(self.lost)) or 'nothing'}>"

    def parameters(self, path: str, said: Any, pointer: str) -> dict[tuple[Place, str], Parameter]:  # noqa: ANN401 -- whatever stands there
        """Return the parameters of a list, by place and name."""
        found: dict[tuple[Place, str], Parameter] = {}
        try:
            listed = sequence(said, "a list of parameters")
        except UnreadableError as error:
            self._lose("parameters", pointer, str(error))
            return found
        for number, one in enumerate(listed):
            here = f"{pointer}/{number}"
            try:
                plain, where = self.followed(one, here)
                parameter = self._parameter(path, mapping(plain, "a parameter"), where)
            except UnreadableError as error:
                self._lose("parameters", here, str(error))
                continue
            if not _is_ignored(parameter):
                found[parameter.place, parameter.name] = parameter
        return found

    def _parameter(self, path: str, said: dict[str, Any], pointer: str) -> Parameter:
        place, name = said.get("in"), said.get("name")
        if place not in _STYLES or not isinstance(name, str):
            raise UnreadableError(
                f"a parameter has a name and a place (in: {', '.join(_STYLES)}); seen: "
                f"name {name!r} in {place!r}"
            )
        style = str(said.get("style") or _STYLES[place])
        written, schema = self._described(said, pointer)
        if not written:
            schema = self._sendable(schema)
        return Parameter(
            name=_position(path, name) if place == "path" else _header(name, place),
            place=place,
            required=said.get("required") is True,
            style=style,
            explode=bool(said.get("explode", style == "form")),
            schema=schema,
            reserved=said.get("allowReserved") is True,
            written=written,
            origin=pointer,
        )

    def _described(self, said: dict[str, Any], pointer: str) -> tuple[str, Schema]:
        """Return how a parameter or header is written, and its schema.

        It may be described by a content type in place of a schema; then there is one only.
        """
        content = said.get("content")
        if not isinstance(content, dict) or not content:
            return "", self._exemplified(said, pointer)
        kind, one = next(iter(content.items()))
        where = f"{pointer}/content/{token(kind)}"
        plain = mapping(one, "a media type")
        return media_type(str(kind)), self._exemplified(plain, where)

    def _sendable(self, schema: Schema) -> Schema:
        """Return a schema of what a query, a path, a header or a cookie can carry: never a null."""
        origins = self._schemas.origins
        found: Schema = origins.note(without_null(schema), origins.of(schema))
        return found

    def _exemplified(self, said: dict[str, Any], pointer: str, key: str = "schema") -> Schema:
        """Return the schema of a parameter or a content, with the examples that stand beside it."""
        schema = self._schemas.alone(said.get(key, {}), f"{pointer}/{key}")
        named = said.get("examples")
        given = named.values() if isinstance(named, dict) else []
        beside = [one["value"] for one in given if isinstance(one, dict) and "value" in one]
        beside += [said["example"]] if "example" in said else []
        if not beside:
            return schema
        made = {**schema, "examples": [*beside, *schema.get("examples", ())]}
        origins = self._schemas.origins
        found: Schema = origins.note(made, origins.of(schema))
        return found

    def body(self, operation: dict[str, Any], pointer: str) -> Content | None:
        """Return what a request may hold; None where nothing is said of it."""
        if operation.get("requestBody") is None:
            return None
        try:
            followed, where = self.followed(operation["requestBody"], pointer)
            return self._content(mapping(followed, "a request body"), where)
        except UnreadableError as error:
            self._lose("body", pointer, str(error))
            return None

    def answers(self, operation: dict[str, Any], pointer: str) -> dict[str, DocumentedResponse]:
        """Return the answers by status."""
        found: dict[str, DocumentedResponse] = {}
        try:
            said = mapping(operation.get("responses"), "the answers of an operation")
        except UnreadableError as error:
            self._lose("answers", pointer, str(error))
            return found
        for status, one in said.items():
            name = _status(status)
            if name.startswith(EXTENSION):
                continue
            here = f"{pointer}/{token(status)}"
            try:
                plain, where = self.followed(one, here)
                found[name] = self._answer(mapping(plain, "an answer"), where)
            except UnreadableError as error:
                self._lose(f"answer {name}", here, str(error))
                found[name] = _NO_ANSWER
        return found

    def _answer(self, said: dict[str, Any], pointer: str) -> DocumentedResponse:
        headers: dict[str, Schema] = {}
        required: set[str] = set()
        origins: dict[str, str] = {}
        for name, one in mapping(said.get("headers"), "the headers of an answer").items():
            known = str(name).lower()
            if known in _IGNORED_HEADERS:
                continue
            here = origins[known] = f"{pointer}/headers/{token(name)}"
            try:
                plain, where = self.followed(one, here)
                origins[known] = where
                described = mapping(plain, "a header")
                headers[known] = self._described(described, where)[1]
                required |= {known} if described.get("required") is True else set()
            except UnreadableError as error:
                headers[known] = self._schemas.lost(here, str(error))
        content = self._content(said, pointer)
        return DocumentedResponse(
            content=content, headers=headers, required=frozenset(required), origins=origins
        )

    def _content(self, said: dict[str, Any], pointer: str) -> Content:
        schemas: dict[str, Schema] = {}
        encodings: dict[str, dict[str, Any]] = {}
        for kind, one in mapping(said.get("content"), "a content").items():
            here = f"{pointer}/content/{token(kind)}"
            known = media_type(str(kind))
            try:
                plain, where = self.followed(one, here)
                media = mapping(plain, "a media type")
            except UnreadableError as error:
                schemas.setdefault(known, self._schemas.lost(here, str(error)))
                continue
            if known not in schemas:
                key = "itemSchema" if "itemSchema" in media and "schema" not in media else "schema"
                schemas[known] = self._exemplified(media, where, key)
                encodings |= {known: _encodings(media)} if _encodings(media) else {}
        required = said.get("required") is True
        return Content(required=required, schemas=schemas, encodings=encodings, origin=pointer)

    def followed(self, said: Any, pointer: str) -> tuple[Any, str]:  # noqa: ANN401 -- as above
        """Follow a reference to a parameter, a body or an answer; raise SpecError for a circle."""
        passed: list[str] = []
        where = pointer
        while isinstance(said, dict) and isinstance(said.get("$ref"), str):
            if said["$ref"] in passed:
                raise SpecError(
                    "Expected a reference that leads to something; this one leads round in a "
                    f"circle: {' -> '.join([*passed[-_SHOWN_LINKS:], said['$ref']])}."
                )
            passed.append(said["$ref"])
            said, way = self._pointers.at(self._pointers.tokens(said["$ref"]))
            where = f"#/{'/'.join(map(token, way))}"
        return said, where

    def _lose(self, what: str, pointer: str, why: str) -> None:
        self.lost.add(what)
        self._unread.append(UnreadPlace(pointer=pointer, why=why))


_NO_ANSWER: Final = DocumentedResponse(content=Content(required=False, schemas={}), headers={})


def _is_ignored(one: Parameter) -> bool:
    return one.place == "header" and one.name in _IGNORED_PARAMETERS


def _position(path: str, name: str) -> str:
    names = path_names(path)
    return str(names.index(name) + 1) if name in names else name


def _header(name: str, place: str) -> str:
    return name.lower() if place == "header" else name


def _status(said: object) -> str:
    """Return a status as it is known: a range has capital letters ("2XX"), whoever wrote it."""
    name = str(said)
    return name if name == "default" or name.startswith(EXTENSION) else name.upper()


def _encodings(media: dict[str, Any]) -> dict[str, Any]:
    """Return how the parts of a form are written, by part."""
    said = media.get("encoding")
    found: dict[str, Any] = {}
    for name, one in said.items() if isinstance(said, dict) else ():
        if isinstance(one, dict):
            kept = {k: one[k] for k in ("style", "explode", "allowReserved") if k in one}
            kinds = [media_type(k) for k in str(one.get("contentType", "")).split(",") if k.strip()]
            kept |= {"contentType": ", ".join(sorted(kinds))} if kinds else {}
            found |= {str(name): kept} if kept else {}
    return found
