"""Brings together what a document refers to, so that nobody who reads it fetches anything.

A document is somebody else's: what it names elsewhere is not asked for, unless it was asked to be
followed, and then below the document's own address alone, within bounds. What was followed stands
in the document afterwards, and every reference in it is one to itself.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from contract_tests.drift.documents import Document, at
from testcontainers_fixtures.errors import SpecError

OPTION: Final = "--follow-refs"
MOST_NODES: Final = 2_000_000
MOST_DEPTH: Final = 200
MOST_DOCUMENTS: Final = 50
MOST_HOPS: Final = 8
MOST_SECONDS: Final = 30.0
MOST_BYTES: Final = 16 * 1024 * 1024
# What a reader of schemas would go and fetch. `$schema` names a dialect, of which nothing is to be
# learnt from a server, and an example elsewhere is one example less.
_LINKS: Final = ("$ref", "$dynamicRef", "operationRef")
_UNNEEDED: Final = ("externalValue",)
_DIALECTS: Final = ("$schema", "jsonSchemaDialect")
_KNOWN_DIALECTS: Final = ("http://json-schema.org/", "https://json-schema.org/")

Load = Callable[[str, float, int], bytes]
Parse = Callable[[str, bytes], Any]


class Source:
    """Where documents below one address come from: `load` gets bytes within a time and a size."""

    def __init__(self, address: str, load: Load, parse: Parse) -> None:
        self.address = address
        self._load = load
        self._parse = parse
        self._until_s = time.monotonic() + MOST_SECONDS
        self._bytes = 0
        self._known: dict[str, Any] = {}

    def document(self, address: str) -> Any:  # noqa: ANN401 -- whatever stands there
        """Return what stands at an address; raise SpecError at a bound, or where there is none."""
        if address not in self._known:
            self._require(below(self.address, address), address, "does not lie below it")
            self._require(
                len(self._known) < MOST_DOCUMENTS, address, f"is one over {MOST_DOCUMENTS}"
            )
            left_s = self._until_s - time.monotonic()
            self._require(left_s > 0, address, f"comes later than {MOST_SECONDS:.0f} s")
            self._known[address] = _plain(self._read(address, left_s), address)
        return self._known[address]

    def _read(self, address: str, within_s: float) -> Any:  # noqa: ANN401 -- whatever stands there
        try:
            content = self._load(address, within_s, MOST_BYTES - self._bytes)
            self._bytes += len(content)
            self._require(self._bytes <= MOST_BYTES, address, f"is more than {MOST_BYTES:,} bytes")
            return self._parse(address, content)
        except SpecError as error:
            raise SpecError(
                f"Expected what {self.address} refers to at {address}, but: {error}."
            ) from error

    def _require(self, fine: bool, address: str, why: str) -> None:  # noqa: FBT001 -- what is asked
        if not fine:
            raise SpecError(
                f"Expected references of {self.address} that can be followed within bounds; "
                f"{address} {why}. Give one document that holds everything."
            )


def settled(document: Document, source: Source, *, follow: bool) -> dict[str, Any]:
    """Return a document that refers to itself alone; else raise SpecError."""
    plain: dict[str, Any] = _plain(document, source.address)
    outward = next((one for one in _links(plain) if not one.startswith("#")), None)
    if outward is None:
        return plain
    if not follow:
        raise SpecError(
            f"Expected a document at {source.address} that refers to itself alone; it refers to "
            f"{outward!r}, which nobody fetches unasked. Give {OPTION} to follow what lies below "
            "that address, or a document that holds everything."
        )
    return _Bundle(plain, source).made()


def below(origin: str, address: str) -> bool:
    """Tell whether an address is on the same server and in the folder of another, or deeper."""
    one, other = urlsplit(origin), urlsplit(address)
    if (one.scheme, one.netloc) != (other.scheme, other.netloc):
        return False
    folder, path = unquote(one.path).rpartition("/")[0], unquote(other.path)
    if one.scheme == "file":
        return Path(path).resolve().is_relative_to(Path(folder).resolve())
    return path.startswith(f"{folder}/") and not {"..", "."} & set(re.split(r"[/\\]", path))


class _Bundle:
    """A document into which the targets of its references are put, each once."""

    def __init__(self, document: dict[str, Any], source: Source) -> None:
        self._document = document
        self._source = source
        self._names: dict[tuple[str, str], str] = {}
        self._left: list[tuple[str, str, str, int]] = []
        self._taken = set(document.get("components", {}).get("schemas", {}))

    def made(self) -> dict[str, Any]:
        """Return the document with every target among its schemas, however deep it was found."""
        made: dict[str, Any] = self._within(self._document, self._source.address, 0)
        found: dict[str, Any] = {}
        while self._left:
            name, address, pointer, hops = self._left.pop()
            target = at(self._source.document(address), f"#{pointer}")
            found[name] = self._within(target, address, hops)
        components = made.setdefault("components", {})
        components["schemas"] = {**components.get("schemas", {}), **found}
        return made

    def _within(self, value: Any, base: str, hops: int) -> Any:  # noqa: ANN401 -- any node
        if isinstance(value, list):
            return [self._within(one, base, hops) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            key: self._link(one, base, hops)
            if _is_link(key, one)
            else self._within(one, base, hops)
            for key, one in value.items()
        }

    def _link(self, reference: str, base: str, hops: int) -> str:
        address, pointer = urldefrag(urljoin(base, reference))
        if address == self._source.address:
            return f"#{pointer}"
        if hops >= MOST_HOPS and address != base:
            raise SpecError(
                f"Expected references that lead over {MOST_HOPS} documents at most; {address} is "
                "further away. Give one document that holds everything."
            )
        if (address, pointer) not in self._names:
            name = self._name(address, pointer)
            self._left.append((name, address, pointer, hops + (address != base)))
            self._names[address, pointer] = name
        return f"#/components/schemas/{self._names[address, pointer]}"

    def _name(self, address: str, pointer: str) -> str:
        said = pointer.rpartition("/")[2] or urlsplit(address).path.rpartition("/")[2]
        stem = re.sub(r"[^A-Za-z0-9._-]", "_", unquote(said)) or "document"
        number = next(n for n in range(1, MOST_NODES) if f"{stem}.{n}" not in self._taken)
        self._taken.add(f"{stem}.{number}")
        return f"{stem}.{number}"


def _is_link(key: str, value: object) -> bool:
    return key in _LINKS and isinstance(value, str)


def _links(value: Any) -> Iterator[str]:  # noqa: ANN401 -- any node
    if isinstance(value, list):
        for one in value:
            yield from _links(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if _is_link(key, one):
                yield one
            else:
                yield from _links(one)


def _plain(value: Any, address: str) -> Any:  # noqa: ANN401 -- any node
    """Return a copy in which nothing is shared or unneeded; raise SpecError where it has no end.

    In YAML a node may stand in many places, also within itself.
    """
    count = 0

    def copied(node: Any, depth: int) -> Any:  # noqa: ANN401 -- any node
        nonlocal count
        count += 1
        if count > MOST_NODES or depth > MOST_DEPTH:
            raise SpecError(
                f"Expected a document at {address} of at most {MOST_NODES:,} nodes, "
                f"{MOST_DEPTH} deep; it has more, or has no end."
            )
        if isinstance(node, list):
            return [copied(one, depth + 1) for one in node]
        if isinstance(node, Mapping):
            return {k: copied(v, depth + 1) for k, v in node.items() if not _unneeded(k, v)}
        return node

    return copied(value, 0)


def _unneeded(key: object, value: object) -> bool:
    if not isinstance(value, str):
        return False
    return key in _UNNEEDED or (key in _DIALECTS and not value.startswith(_KNOWN_DIALECTS))
