"""Where a service's paths are at the gateway: as the stack file says, else as the documents do.

Documents say it by their `servers`, which FastAPI writes of a `root_path`:

    the gateway's say /api/v1    it takes that off before it asks a service that has no such paths
    the service's say /internal  it puts that before, where its own paths begin otherwise
    the service's name a URL     of another host: it is public, and the gateway takes its path off

Nothing is taken off or put before unless more of a service's operations are at the gateway then.
"""

from collections.abc import Iterable, Iterator, Mapping, Sized
from collections.abc import Set as AbstractSet
from itertools import product
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.agreement.document_changes import Made, keys, moved
from contract_tests.drift.documents import Document
from contract_tests.drift.servers import placed, published_paths, server_path
from contract_tests.hops.path_map import PathMap
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.contract_spec import PathRule

_SHOWN: Final = 3


class MissingRule(Struct, frozen=True, kw_only=True):
    """A rule without which few operations of a service are at the gateway, said in a sentence.

    `reached` are the gateway's operations, by method and path, that it would lead to.
    """

    sentence: str
    reached: frozenset[tuple[str, str]]

    def explains(self, mine: Sized, others: AbstractSet[tuple[str, str]]) -> bool:
        """Tell whether it leads to half of a service's operations that are no other's."""
        return 2 * len(self.reached - others) >= len(mine)


class PlacedDocument(Struct, frozen=True, kw_only=True):
    """A service's document in the gateway's paths; `lost` are operations that no path leads to.

    `note` says what was read from the documents, "" where nothing was; `hint` which rule would have
    at the gateway what is not, None where none would have much more there than is. `published` has,
    by each path of the document, the one that it was published under.
    """

    document: Made
    paths: PathMap
    lost: tuple[str, ...] = ()
    note: str = ""
    hint: "MissingRule | None" = None
    published: Mapping[str, str] = {}


class _Form(Struct, frozen=True, kw_only=True):
    """A document as its servers have it, or without them; `published` as above."""

    document: Made
    published: Mapping[str, str]

    def by(self, paths: PathMap) -> PlacedDocument:
        """Return it in the gateway's paths."""
        made, lost = moved(self.document, paths.to_gateway)
        places = ((paths.to_gateway(path), was) for path, was in self.published.items())
        return PlacedDocument(
            document=made,
            paths=paths,
            lost=tuple(lost),
            published={place: was for place, was in places if place is not None},
        )


class PathDerivation:
    """Places the documents of services before one gateway; `gateway` is its document, if any.

    `doorstep` is the gateway's URL, below which all paths are.
    """

    def __init__(self, gateway: Document | None, doorstep: str = "") -> None:
        self._doorstep = doorstep
        self._known = keys(placed(gateway, doorstep)) if gateway else {}
        self._base = server_path(gateway or {})

    def __repr__(self) -> str:
        """Show how much the gateway publishes."""
        return f"<PathDerivation before {len(self._known)} operations>"

    def of(self, service: str, document: Document, rule: PathRule | None = None) -> PlacedDocument:
        """Return a service's document, placed; raise SpecError for a rule that leads nowhere."""
        if rule is None:
            return self._derived(service, document)
        found = self._best(self._by_rule(document, rule))
        # A rule of nothing says that its paths are as they are, be they at the gateway or not.
        if rule != PathRule():
            self._require_use(service, document, found, rule)
        return found

    def _derived(self, service: str, document: Document) -> PlacedDocument:
        found = self._best(self._by_documents(document))
        if found.paths.rule is not None:
            said = f"{service}: {found.paths.sentence}, as `servers` of the documents say."
            return replace(found, note=said)
        return replace(found, hint=self._hint(service, found))

    def _by_rule(self, document: Document, rule: PathRule) -> Iterator[PlacedDocument]:
        """Yield a rule's reading of the paths as they are written, and as the servers have them."""
        for form in (_bare(document), self._whole(document)):
            yield form.by(PathMap(rule))

    def _by_documents(self, document: Document) -> Iterator[PlacedDocument]:
        whole = self._whole(document)
        own = server_path(document)
        if own and _is_public(document):
            yield from self._read(_bare(document), PathRule(strip=own))
        yield PlacedDocument(document=whole.document, paths=PathMap(), published=whole.published)
        if self._base:
            yield from self._read(whole, PathRule(strip=self._base))
        if own:
            yield from self._read(whole, PathRule(add=own))
        if own and self._base:
            yield from self._read(whole, PathRule(strip=self._base, add=own))

    def _whole(self, document: Document) -> _Form:
        return _Form(
            document=placed(document, self._doorstep),
            published=published_paths(document, self._doorstep),
        )

    def _read(self, form: _Form, rule: PathRule) -> Iterator[PlacedDocument]:
        found = form.by(PathMap(rule))
        if not found.lost:
            yield found

    def _best(self, found: Iterator[PlacedDocument]) -> PlacedDocument:
        # Of equals the first.
        return max(found, key=lambda one: (self._score(one), len(keys(one.document))))

    def _score(self, one: PlacedDocument) -> int:
        return len(self._known.keys() & keys(one.document).keys())

    def _require_use(
        self, service: str, document: Document, found: PlacedDocument, rule: PathRule
    ) -> None:
        where, published = f"`paths.{service}` of [contract]", keys(document)
        if published and not keys(found.document):
            raise SpecError(
                f"{where} leads to no operation: expected paths that begin with {rule.add} in the"
                f" document of {service}; seen: {_some(published)}."
            )
        if published and self._known and not self._score(found):
            raise SpecError(
                f"{where} leads to no operation of the gateway's: by it {service} is asked for"
                f" {_some(keys(found.document))}, and the gateway publishes {_some(self._known)}."
            )
        used = {found.paths.renamed_by(path) for path in keys(found.document).values()}
        for ours, theirs in rule.rename.items():
            if published and ours not in used:
                raise SpecError(
                    f"{where} leads to no operation by {ours!r}: none of {service} is at"
                    f" {rule.add}{theirs}; seen: {_some(published)}."
                )

    def _hint(self, service: str, found: PlacedDocument) -> MissingRule | None:
        """Return which rule would have the most of its operations at the gateway, if one would."""
        mine = keys(found.document)
        by_prefix = {one: self._below(one, mine) for one in dict.fromkeys(self._prefixes(mine))}
        best = max(by_prefix, key=lambda one: len(by_prefix[one]), default="")
        there = self._score(found)
        # A health request that both have stands beside a base path too.
        if not best or len(by_prefix[best]) <= 2 * there:
            return None
        method, path = min(by_prefix[best])
        shown = f"{method} {self._known[method, path]}"
        sentence = (
            f"{_few(there, len(mine), service)} in the gateway's document, which has {shown}: "
            f"with {_stripped(service, best)} {len(by_prefix[best])} are."
        )
        return MissingRule(sentence=sentence, reached=by_prefix[best])

    def _prefixes(self, mine: Iterable[tuple[str, str]]) -> Iterator[str]:
        """Yield what the gateway has before a service's paths, where it has them so."""
        for (method, path), (of, known) in product(mine, self._known):
            prefix = known.removesuffix(path)
            if method == of and prefix and prefix != known and "{" not in prefix:
                yield prefix

    def _below(self, prefix: str, mine: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Return which of the gateway's operations are a service's, below a prefix."""
        return frozenset((method, prefix + path) for method, path in mine) & self._known.keys()


def _few(there: int, among: int, service: str) -> str:
    if not there:
        return f"No operation of {service} is"
    return f"Of {among} operations of {service} {there} {'is' if there == 1 else 'are'}"


def _stripped(service: str, prefix: str) -> str:
    """Return the rule that takes a prefix off, as a stack file has it."""
    rule = f'{{ strip = "{prefix}" }}'
    if " " in service:  # which nobody has given a name
        return f"a stack file (--stack) whose [contract] has `paths = {{ NAME = {rule} }}`"
    return f"`paths = {{ {service} = {rule} }}` in [contract]"


def _bare(document: Document) -> _Form:
    without = {key: one for key, one in document.items() if key != "servers"}
    return _Form(document=placed(without), published=published_paths(without))


def _is_public(document: Document) -> bool:
    """Tell whether the first of a document's servers is a host of the world's."""
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    url = str(first.get("url", "")) if isinstance(first, dict) else ""
    host = urlsplit(url).hostname or ""
    return "." in host and not host.rpartition(".")[2].isdigit()


def _some(known: Mapping[tuple[str, str], str]) -> str:
    shown = [f"{method} {path}" for (method, _), path in list(known.items())[:_SHOWN]]
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"{', '.join(shown) or 'nothing'}{more}"
