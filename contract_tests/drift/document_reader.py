"""Reads a document operation by operation; what cannot be read is named, and all else is read."""

from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.drift.document_schemas import DocumentSchemas
from contract_tests.drift.operation import METHODS, Operation, ReadDocument, unnamed
from contract_tests.drift.operation_parts import EXTENSION, PartsReader
from contract_tests.drift.pointers import Pointers
from contract_tests.drift.reading import (
    UnreadableError,
    UnreadPlace,
    mapping,
    seen,
    token,
)
from contract_tests.drift.security_schemes import SecuritySchemes
from testcontainers_fixtures.errors import SpecError


class DocumentReader:
    """Reads one document; a pointer goes with whatever is read, so that it can be named."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        _require_3(document)
        self._document = document
        self._pointers = Pointers(document)
        old = str(document.get("openapi", "3.1")).startswith("3.0")
        self._schemas = DocumentSchemas(self._pointers, old=old)
        self._security = SecuritySchemes(document)
        self._unread = self._schemas.unread
        self._parts = PartsReader(self._pointers, self._schemas, self._unread)

    def __repr__(self) -> str:
        """Show how much could not be read."""
        return f"<DocumentReader {len(self._unread)} places unread>"

    def read(self) -> ReadDocument:
        """Return all operations; raise SpecError where references lead round in a circle."""
        found = {(one.method, unnamed(one.path)): one for one in self._operations()}
        unread = tuple(dict.fromkeys(self._unread))
        return ReadDocument(operations=found, unread=unread, origins=self._schemas.origins)

    def _operations(self) -> Iterator[Operation]:
        paths = self._document.get("paths") or {}
        if not isinstance(paths, dict):
            self._note("#/paths", f"paths is an object; seen: {seen(paths)}")
            return
        for path, item in paths.items():
            if not str(path).startswith(EXTENSION):
                yield from self._of_path(str(path), item, f"#/paths/{token(path)}")

    def _of_path(self, path: str, said: Any, pointer: str) -> Iterator[Operation]:  # noqa: ANN401 -- whatever stands there
        try:
            item = self._item(said, pointer)
        except UnreadableError as error:
            self._note(pointer, str(error))
            return
        added = item.get("additionalOperations")
        methods = {method: item[method] for method in METHODS if method in item}
        methods |= added if isinstance(added, dict) else {}
        for method, operation in methods.items():
            yield from self._operation(path, method, item, operation, f"{pointer}/{token(method)}")

    def _item(self, said: Any, pointer: str) -> dict[str, Any]:  # noqa: ANN401 -- as above
        """Return a path item; what stands beside its reference goes before what that leads to."""
        own = mapping(said, "a path item")
        if "$ref" not in own:
            return own
        followed, _ = self._parts.followed(own, pointer)
        return {**mapping(followed, "a path item"), **{k: v for k, v in own.items() if k != "$ref"}}

    def _operation(
        self,
        path: str,
        method: str,
        item: dict[str, Any],
        said: Any,  # noqa: ANN401 -- as above
        pointer: str,
    ) -> Iterator[Operation]:
        self._parts.lost.clear()
        try:
            plain = mapping(said, "an operation")
        except UnreadableError as error:
            self._note(pointer, str(error))
            return
        shared = pointer.rpartition("/")[0]
        parameters = {
            **self._parts.parameters(path, item.get("parameters"), f"{shared}/parameters"),
            **self._parts.parameters(path, plain.get("parameters"), f"{pointer}/parameters"),
        }
        body = self._parts.body(plain, f"{pointer}/requestBody")
        answers = self._parts.answers(plain, f"{pointer}/responses")
        yield Operation(
            method=method.upper(),
            path=path,
            parameters=parameters,
            body=body,
            answers=answers,
            **self._security.of(plain),
            unread=frozenset(self._parts.lost),
            origin=pointer,
        )

    def _note(self, pointer: str, why: str) -> None:
        self._unread.append(UnreadPlace(pointer=pointer, why=why))


class NoOpenApi3Error(SpecError):
    """A document is of another version; `said` is how it names its own."""

    def __init__(self, said: str) -> None:
        self.said = said
        super().__init__(
            f"Expected a document of OpenAPI 3.0, 3.1 or 3.2; seen: {said}. Convert it to OpenAPI "
            "3 (editor.swagger.io does), and give the file with --schema NAME=FILE."
        )


def _require_3(document: Mapping[str, Any]) -> None:
    version = document.get("openapi", None if "swagger" in document else "3.1")
    if not str(version).startswith("3."):
        said = f"OpenAPI {version}" if version is not None else f"Swagger {document['swagger']}"
        raise NoOpenApi3Error(said)
