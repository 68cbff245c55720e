"""Where below a gateway's URL a document's operations are: its `servers` (OpenAPI, 4.8.5)."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from contract_tests.drift.documents import METHODS, Document
from testcontainers_fixtures.json_pointers import escaped, unescaped


def placed(document: Document, gateway: str = "") -> dict[str, Any]:
    """Return a document whose paths begin at the gateway's URL, whatever host its servers name.

    A path that ends the gateway's own URL is not said twice.
    """
    known = document.get("paths")
    paths: dict[str, Any] = {}
    moved: dict[str, str] = {}
    if not isinstance(known, dict):
        return dict(document)
    for path, place, said in _placed(document, gateway):
        moved[path] = place
        paths[place] = _merged(paths.get(place), said)
    kept = {name: value for name, value in document.items() if name != "servers"}
    if paths == known:
        return kept
    return repointed({**kept, "paths": paths}, moved)


def published_paths(document: Document, gateway: str = "") -> dict[str, str]:
    """Return the paths of the document that `placed` makes, each with the published one."""
    if not isinstance(document.get("paths"), dict):
        return {}
    return {place: path for path, place, _ in _placed(document, gateway)}


def _placed(document: Document, gateway: str) -> Iterator[tuple[str, str, Any]]:
    """Yield each path, where that is at the gateway, and what of its item is there."""
    base = urlsplit(gateway).path.rstrip("/")
    for path, item in document["paths"].items():
        for where, said in _items(document, item):
            yield path, ("" if base.endswith(where) else where) + path, said


def repointed(document: Document, moved: Mapping[str, str]) -> dict[str, Any]:
    """Return a document whose references into its paths find them where they were moved."""
    made: dict[str, Any] = _pointed(dict(document), moved)
    return made


def server_path(document: Document) -> str:
    """Return the path of a document's first server; "" where it names none."""
    return _path(document.get("servers"))


def _merged(before: Any, said: Any) -> Any:  # noqa: ANN401 -- as it stands
    return {**before, **said} if isinstance(before, dict) and isinstance(said, dict) else said


def _items(document: Document, item: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 -- as it stands
    """Yield a path's operations by the server of each: its own, its path's or the document's."""
    if not isinstance(item, dict):
        yield "", item
        return
    shared = {k: v for k, v in item.items() if k not in {*METHODS, "servers"}}
    here = item.get("servers", document.get("servers"))
    if not any(method in item for method in METHODS):
        yield _path(here), shared
    for method in METHODS:
        if method in item:
            operation = item[method]
            own = operation.get("servers", here) if isinstance(operation, dict) else here
            yield _path(own), {**shared, method: _elsewhere(operation)}


def _elsewhere(operation: Any) -> Any:  # noqa: ANN401 -- as it stands
    """Return an operation without its servers."""
    if not isinstance(operation, dict):
        return operation
    return {key: value for key, value in operation.items() if key != "servers"}


def _path(servers: Any) -> str:  # noqa: ANN401 -- as it stands
    """Return the path of the first server, its variables at their defaults."""
    if not isinstance(servers, list) or not servers or not isinstance(servers[0], dict):
        return ""
    url = str(servers[0].get("url", ""))
    variables = servers[0].get("variables")
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        default = variable.get("default", "") if isinstance(variable, dict) else ""
        url = url.replace(f"{{{name}}}", str(default))
    return urlsplit(urljoin("http://gateway/", url)).path.rstrip("/")


def _pointed(value: Any, moved: Mapping[str, str]) -> Any:  # noqa: ANN401 -- any node
    """Return a document whose references into its paths find them where they are now."""
    if isinstance(value, list):
        return [_pointed(one, moved) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: pointer_to(one, moved)
        if key in {"$ref", "operationRef"} and isinstance(one, str)
        else _pointed(one, moved)
        for key, one in value.items()
    }


def pointer_to(reference: str, moved: Mapping[str, str]) -> str:
    """Return a reference into a document's paths as it stands where those were moved."""
    head, slash, rest = reference.removeprefix("#/paths/").partition("/")
    path = unescaped(unquote(head))
    if not reference.startswith("#/paths/") or path not in moved:
        return reference
    return f"#/paths/{escaped(moved[path])}{slash}{rest}"
