"""Gets the documents that were named on the command line: files, or URLs and what opens them."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from contract_tests.command.drift_options import DriftOptions
from contract_tests.drift.document_reader import NoOpenApi3Error
from contract_tests.drift.document_sources import (
    at_address,
    document_access,
    in_file,
    is_url,
    usable,
)
from contract_tests.drift.telling.document_lines import document_lines
from contract_tests.drift.telling.drift_reports import ComparedDocuments, ReadSide
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output.redaction import noted_in, read

_NAMED: Final = re.compile(r"([A-Za-z][\w-]*)=(.+)", re.DOTALL)
ONE_SERVICE: Final = "the service"
_FEWEST: Final = 2


def compared_documents(given: DriftOptions) -> ComparedDocuments:
    """Return the documents that are to be compared; raise SpecError for what cannot be had."""
    if len(given.documents) < _FEWEST:
        raise SpecError(
            "Expected two documents, a service's and the gateway's; seen: "
            f"{len(given.documents)}. Give both: drift SERVICE GATEWAY."
        )
    services = _named(given.documents[:-1])
    access = document_access(given.service_header, given.gateway_header, follow=given.follow_refs)
    return ComparedDocuments(
        _side("", given.documents[-1], access.gateway, follow=given.follow_refs),
        {
            name: _side(name, address, access.services, follow=given.follow_refs)
            for name, address in services.items()
        },
        partial=given.partial,
    )


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
