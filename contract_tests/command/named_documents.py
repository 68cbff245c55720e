"""Gets the documents that were named on the command line: files, or URLs and what opens them.

They are put into the gateway's paths as for a run of the suite: by the stack file, or `servers`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from contract_tests.agreement.agreed_documents import Agreement, agreed
from contract_tests.agreement.left_out import LeftOut
from contract_tests.command.drift_options import DriftOptions
from contract_tests.drift.document_reader import NoOpenApi3Error
from contract_tests.drift.document_sources import (
    GATEWAY,
    at_address,
    document_access,
    in_file,
    is_url,
    usable,
)
from contract_tests.drift.telling.document_lines import document_lines
from contract_tests.drift.telling.drift_reports import ComparedDocuments, ComparisonTerms, ReadSide
from reports.record.document_drift import NotCompared
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output.redaction import noted_in, read
from testcontainers_fixtures.stack_file.contract_spec import PathRule
from testcontainers_fixtures.stack_file.nearest import meant
from testcontainers_fixtures.stack_spec import Contract, StackSpec

_NAMED: Final = re.compile(r"([A-Za-z][\w-]*)=(.+)", re.DOTALL)
ONE_SERVICE: Final = "the service"
_FEWEST: Final = 2


def compared_documents(given: DriftOptions, spec: StackSpec | None = None) -> ComparedDocuments:
    """Return the documents that are to be compared, as a stack file has their paths.

    Raises SpecError for what cannot be had, and for a rule for paths that leads nowhere.
    """
    if len(given.documents) < _FEWEST:
        raise SpecError(
            "Expected two documents, a service's and the gateway's; seen: "
            f"{len(given.documents)}. Give both: drift SERVICE GATEWAY."
        )
    services = _named(given.documents[:-1])
    access = document_access(given.service_header, given.gateway_header, follow=given.follow_refs)
    gateway = _side(GATEWAY, given.documents[-1], access.gateway, follow=given.follow_refs)
    sides = {
        name: _side(name, address, access.services, follow=given.follow_refs)
        for name, address in services.items()
    }
    return _placed(gateway, sides, spec, partial=given.partial)


def _placed(
    gateway: ReadSide, services: Mapping[str, ReadSide], spec: StackSpec | None, *, partial: bool
) -> ComparedDocuments:
    """Return the sides in the gateway's paths, without what the stack file leaves out."""
    said = spec.contract if spec else Contract()
    promises = replace(said, paths=_rules(list(services), spec) if spec else {})
    sides = {GATEWAY: gateway, **services}
    published = {name: dict(one.document) for name, one in sides.items()}
    # Of one service alone nobody can tell what is none of all.
    whole = spec is not None and len(services) >= len(spec.owners)
    found = agreed(published, promises, whole=whole)
    placed = {
        name: replace(one, document=found.documents[name], published=found.published[name])
        for name, one in sides.items()
    }
    terms = ComparisonTerms(
        partial=partial,
        asks=spec is not None and spec.asks_who_comes,
        let_be=LeftOut(promises, spec.login if spec else None).on_paper,
        not_compared=tuple(_left(found)),
        notes=found.notes,
    )
    return ComparedDocuments(placed.pop(GATEWAY), placed, terms)


def _left(found: Agreement) -> Iterator[NotCompared]:
    for one in found.left_out:
        yield NotCompared(service=one.service, what=one.operation, because=one.because)


def _rules(names: Sequence[str], spec: StackSpec) -> dict[str, PathRule]:
    """Return the stack file's rules for paths, by the names of the command line."""
    rules, owners = spec.contract.paths, list(spec.owners)
    if not rules:
        return {}
    if list(names) == [ONE_SERVICE]:
        if len(owners) > 1:
            raise SpecError(
                f"Expected NAME=SERVICE, as `paths` of [contract] are by service; the stack file "
                f"has {', '.join(owners)}."
            )
        [rule] = rules.values()  # each is of an owner, and there is one
        return {ONE_SERVICE: rule}
    for name in names:
        if name not in owners:
            raise SpecError(
                f"Expected services that the stack file has: {', '.join(owners)}; seen: {name}"
                f"{meant(name, owners)}."
            )
    return {name: rules[name] for name in names if name in rules}


def _named(said: Sequence[str]) -> dict[str, str]:
    """Return the services' addresses by name; one alone needs none."""
    found: dict[str, str] = {}
    for one in said:
        named = None if Path(one).exists() else _NAMED.fullmatch(one)
        if named is None and len(said) > 1:
            raise SpecError(
                f"Expected NAME=SERVICE for each of several services; seen: {one!r}. Give each a "
                "name, and the gateway's document last."
            )
        name, address = named.groups() if named else (ONE_SERVICE, one)
        if name in found:
            raise SpecError(f"Expected services of different names; {name} is there twice.")
        found[name] = address
    return found


def _side(name: str, said: str, headers: Mapping[str, str], *, follow: bool) -> ReadSide:
    address = noted_in(read("a document's address", said))
    if is_url(address):
        shown = _without_user(address)
        hint = "give another address, or a file"
        document = at_address(address, headers, hint, follow=follow)
        return ReadSide(address=shown, document=_usable(name, shown, document))
    path = Path(address)
    document = _usable(name, address, in_file(path, follow=follow))
    return ReadSide(address=address, document=document, lines=partial(_lines, path))


def _usable(name: str, address: str, document: dict[str, object]) -> dict[str, object]:
    try:
        return usable(name, document)
    except SpecError as error:
        if isinstance(error.__cause__, NoOpenApi3Error):
            raise SpecError(
                f"Expected a document of OpenAPI 3.0, 3.1 or 3.2 at {address}; seen: "
                f"{error.__cause__.said}. Convert it to OpenAPI 3 (editor.swagger.io does)."
            ) from error
        raise


def _lines(path: Path, pointers: Sequence[str]) -> dict[str, int]:
    try:
        return document_lines(path.read_text(encoding="utf-8"), pointers)
    except (OSError, ValueError):
        return {}  # it was there a moment ago, and its lines are not worth an ending


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
