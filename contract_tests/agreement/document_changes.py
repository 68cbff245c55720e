"""Writes a document anew: under other paths, without some operations, without some headers."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from contract_tests.drift.documents import METHODS, Document, at, unnamed
from contract_tests.drift.servers import repointed
from testcontainers_fixtures.errors import SpecError

Made = dict[str, Any]
Key = tuple[str, str]


def keys(document: Document) -> dict[Key, str]:
    """Return a document's operations by method and nameless path, each with its path."""
    return {(m.upper(), unnamed(path)): path for path, m in _each(document)}


def moved(document: Document, where: Callable[[str], str | None]) -> tuple[Made, list[str]]:
    """Return a document under other paths, and the labels of the operations that have none."""
    places = {path: where(path) for path in document["paths"]}
    known = {path: place for path, place in places.items() if place is not None}
    lost = [f"{m.upper()} {path}" for path, m in _each(document) if path not in known]
    paths = {place: document["paths"][path] for path, place in known.items()}
    return repointed({**document, "paths": paths}, known), lost


def without(document: Document, dropped: Callable[[str, str], bool]) -> tuple[Made, list[str]]:
    """Return a document without some operations, and their labels; `dropped` gets method, path.

    Links that lead to them are left out as well.
    """
    gone = [(path, m) for path, m in _each(document) if dropped(m.upper(), path)]
    if not gone:
        return dict(document), []
    names = {_item(document, path)[m].get("operationId") for path, m in gone} - {None}
    paths = dict(document["paths"])
    for path in dict.fromkeys(path for path, _ in gone):
        taken = {m for p, m in gone if p == path}
        item = {k: one for k, one in _item(document, path).items() if k not in taken}
        paths[path] = item
        if not any(m in item for m in METHODS):
            del paths[path]
    made: Made = _unlinked({**document, "paths": paths}, names)
    return made, [f"{m.upper()} {path}" for path, m in gone]


def without_headers(document: Document, names: Collection[str]) -> Made:
    """Return a document in which no request has parameters for some headers (in lower case)."""
    if not names:
        return dict(document)
    paths = {path: _bare(document, item, names) for path, item in document["paths"].items()}
    return {**document, "paths": paths}


def _each(document: Document) -> Iterator[tuple[str, str]]:
    for path in document["paths"]:
        item = _item(document, path)
        yield from ((path, m) for m in METHODS if isinstance(item.get(m), dict))


def _item(document: Document, path: str) -> Made:
    """Return a path item, with what it refers to; an empty one where it is none."""
    item = document["paths"][path]
    if not isinstance(item, dict):
        return {}
    reference = item.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#"):
        return item
    own = {key: one for key, one in item.items() if key != "$ref"}
    target = _at(document, reference)
    return {**target, **own} if isinstance(target, dict) else own


def _at(document: Document, reference: str) -> Any:  # noqa: ANN401 -- as it stands
    """Return what a reference leads to; None where it leads nowhere, which the reader will say."""
    try:
        return at(document, reference)
    except SpecError:
        return None


def _bare(document: Document, item: Any, names: Collection[str]) -> Any:  # noqa: ANN401 -- as it stands
    if not isinstance(item, dict):
        return item
    made = dict(item)
    if isinstance(item.get("parameters"), list):
        made["parameters"] = [p for p in item["parameters"] if not _is_named(document, p, names)]
    for method in METHODS:
        if isinstance(item.get(method), dict):
            made[method] = _bare(document, {**item[method]}, names)
    return made


def _is_named(document: Document, said: Any, names: Collection[str]) -> bool:  # noqa: ANN401 -- as it stands
    if isinstance(said, dict) and isinstance(said.get("$ref"), str) and said["$ref"][:1] == "#":
        said = _at(document, said["$ref"])
    if not isinstance(said, dict):
        return False
    return said.get("in") == "header" and str(said.get("name")).lower() in names


def _unlinked(value: Any, names: Collection[str]) -> Any:  # noqa: ANN401 -- any node
    """Return a document without the links that lead to operations of some names."""
    if isinstance(value, list):
        return [_unlinked(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    made = {key: _unlinked(one, names) for key, one in value.items()}
    links = made.get("links")
    if isinstance(links, Mapping):
        made["links"] = {n: one for n, one in links.items() if not _leads(one, names)}
    return made


def _leads(link: Any, names: Collection[str]) -> bool:  # noqa: ANN401 -- as it stands
    return isinstance(link, dict) and link.get("operationId") in names
