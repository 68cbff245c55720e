"""Reads what a system publishes, as its stack file's [contract] has it: paths, routes, headers."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from http import HTTPMethod
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from contract_tests.agreement.checks_by_name import require_known
from contract_tests.agreement.document_changes import keys, without, without_headers
from contract_tests.agreement.left_out import LeftOut, LeftOutOperation
from contract_tests.agreement.path_derivation import PathDerivation, PlacedDocument
from contract_tests.drift.document_sources import GATEWAY, DocumentAccess, found, usable
from contract_tests.drift.servers import placed, published_paths
from contract_tests.hops.parity_rules import ANY
from contract_tests.hops.path_map import AS_IT_IS, PathMap
from contract_tests.hops.route_patterns import matches
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.contract_spec import CollectionSpec
from testcontainers_fixtures.stack_spec import Contract

if TYPE_CHECKING:
    # It takes long to import, and documents in files are agreed without.
    from testcontainers_fixtures.stack import Stack

Document = dict[str, Any]
NO_WAY: Final = "no path of the gateway's leads to it, by `paths` of [contract]"


class Agreement(Struct, frozen=True, kw_only=True):
    """The documents of a system, by service, in the gateway's paths; the gateway's own under "".

    `paths` leads back to each service's own, and `published` to what each document itself says, by
    the paths here. `left_out` are published, and are not tried; `notes` say what was read from the
    documents, and what of the stack file means nothing in them. `hints` name rules without which
    no operation of a service is at the gateway.
    """

    documents: dict[str, Document]
    paths: dict[str, PathMap] = {}
    published: dict[str, Mapping[str, str]] = {}
    left_out: tuple[LeftOutOperation, ...] = ()
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    def of(self, service: str) -> PathMap:
        """Return where the paths of a service are."""
        return self.paths.get(service, AS_IT_IS)


def agreement(
    stack: "Stack", files: Mapping[str, Document], access: DocumentAccess | None = None
) -> Agreement:
    """Return what a running system is held to; `files` stand for what services publish.

    Raises SpecError for a document that cannot be had or read, for a rule that means nothing, and
    where a rule is missing: what is asked at other paths than the gateway's says nothing of it.
    """
    published = found(stack, files, access)
    whole = all(name in published for name, part in stack.spec.owners.items() if part.openapi)
    known = agreed(published, stack.spec.contract, stack.doorstep, whole=whole)
    for hint in known.hints:
        raise SpecError(
            f"{hint} Nothing was asked; where its paths are right as they are, the rule is {{}}."
        )
    return known


def agreed(
    published: Mapping[str, Document], promises: Contract, doorstep: str = "", *, whole: bool = True
) -> Agreement:
    """Return the same for documents that are known, all of them where they are the `whole`.

    `doorstep` is the gateway's URL.
    """
    require_known(promises)
    gateway = published.get(GATEWAY)
    derivation = PathDerivation(gateway, doorstep)
    places = {
        name: derivation.of(name, document, promises.paths.get(name))
        for name, document in published.items()
        if name != GATEWAY
    }
    known = LeftOut(promises)
    there = {name: one.document for name, one in places.items()}
    former = {name: one.published for name, one in places.items()}
    if gateway is not None:
        there[GATEWAY] = placed(gateway, doorstep)
        former[GATEWAY] = published_paths(gateway, doorstep)
    documents, left_out = _tried(there, known, promises)
    hints = tuple(_hints(places))
    if whole:
        _require_lists(there, promises)
    told = {name: PathMap(rule) for name, rule in promises.paths.items()}
    return Agreement(
        documents=documents,
        paths=told | {name: one.paths for name, one in places.items()},
        published=former,
        left_out=(*left_out, *_lost(places)),
        notes=(
            *(one.note for one in places.values() if one.note),
            *hints,
            *(known.unused(_operations(there)) if whole else ()),
            *(_stray_rules(promises, there) if whole else ()),
        ),
        hints=hints,
    )


def _tried(
    there: Mapping[str, Document], known: LeftOut, promises: Contract
) -> tuple[dict[str, Document], list[LeftOutOperation]]:
    """Return what is left of the documents, and what is not tried."""
    documents: dict[str, Document] = {}
    left: dict[str, LeftOutOperation] = {}
    for name, document in there.items():
        kept, gone = without(document, lambda m, path: bool(known.because(m, path)))
        documents[name] = usable(name, without_headers(kept, promises.added.keys()))
        for label in gone:
            because = known.because(*label.split(" ", 1))
            one = LeftOutOperation(service=name, operation=label, because=because)
            # What a service has as well is told as the service's.
            left[label] = left.get(label, one) if name == GATEWAY else one
    return documents, list(left.values())


def _operations(documents: Mapping[str, Document]) -> list[tuple[str, str]]:
    return [(method, path) for one in documents.values() for (method, _), path in keys(one).items()]


def _stray_rules(promises: Contract, documents: Mapping[str, Document]) -> Iterator[str]:
    """Yield a sentence for each route of a rule of parity that means no published path."""
    paths = {path for _, path in _operations(documents)}
    for route in (one for rule in promises.parity for one in rule.routes):
        method = route.rpartition(" ")[0].replace(ANY, "")
        if not any(matches(route, method, path) for path in paths):
            yield f"`parity` of [contract] has {route!r}, which is no published path."


def _hints(places: Mapping[str, PlacedDocument]) -> Iterator[str]:
    """Yield the rules that are missing, unless what they lead to is another service's."""
    mine = {name: keys(one.document) for name, one in places.items()}
    for name, one in places.items():
        others = {key for other, found in mine.items() if other != name for key in found}
        if one.hint is not None and one.hint.explains(mine[name], others):
            yield one.hint.sentence


def _lost(places: Mapping[str, PlacedDocument]) -> list[LeftOutOperation]:
    return [
        LeftOutOperation(service=name, operation=label, because=NO_WAY)
        for name, one in places.items()
        for label in one.lost
    ]


def _require_lists(documents: Mapping[str, Document], promises: Contract) -> None:
    """Raise SpecError for a list of the stack file's that no document has, or what is behind it.

    What is left out is published all the same, and may be told of.
    """
    services = [_read_paths(one) for name, one in documents.items() if name != GATEWAY]
    for path, told in promises.collections.items() if services else ():
        owners = [one for one in services if path in one]
        if not owners:
            plain = sorted(one for known in services for one in known if "{" not in one)
            raise SpecError(
                f"`collections` of [contract] names {path!r}, which no service answers a GET at;"
                f" seen: {', '.join(plain) or 'no such path'}."
            )
        _require_gone(path, told, owners)


def _require_gone(path: str, told: CollectionSpec, owners: Sequence[Collection[str]]) -> None:
    """Raise SpecError for what is to be gone with a list's items, and is not behind them."""
    item = f"{path}/{{}}"
    known = {
        one.removeprefix(item) for paths in owners for one in paths if one.startswith(f"{item}/")
    }
    behind = sorted(one for one in known if "{" not in one)
    for one in told.gone:
        if one not in behind:
            raise SpecError(
                f"`gone` of {path!r}, in `collections` of [contract], names {one!r}, at which no"
                f" item answers a GET; seen: {', '.join(behind) or 'no such path'}."
            )


def _read_paths(document: Document) -> list[str]:
    """Return the paths that answer a GET, without their parameters' names."""
    return [path for method, path in keys(document) if method == HTTPMethod.GET]
