"""Where the document of a service comes from: its own address, or a file that was given for it."""

import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from contract_tests.drift import references
from contract_tests.drift.document_texts import parsed
from contract_tests.drift.documents import operations
from contract_tests.drift.references import Source, settled
from contract_tests.drift.servers import placed
from testcontainers_fixtures import credentials
from testcontainers_fixtures.errors import NoAnswerError, SpecError
from testcontainers_fixtures.http_client.http_exchange import exchange
from testcontainers_fixtures.http_client.typed_headers import typed_headers
from testcontainers_fixtures.output.redaction import noted_in, read, without_passwords
from testcontainers_fixtures.output.workflow_commands import inert
from testcontainers_fixtures.stack_file.openapi_spec import OpenapiFile

if TYPE_CHECKING:
    # Both take long to import, and two documents are compared without.
    import pytest

    from testcontainers_fixtures.stack import Stack
    from testcontainers_fixtures.stack_spec import StackSpec

FETCHED_WITHIN_S: Final = 10.0
SCHEMA_OPTION: Final = "--schema"
SERVICE_HEADER: Final = "--service-header"
GATEWAY_HEADER: Final = "--gateway-header"
# Under which the gateway's own document stands beside those of the services.
GATEWAY: Final = ""
_HINT: Final = (
    f"name another path as openapi in the stack file, or give a file, or another URL, with "
    f"{SCHEMA_OPTION} NAME=FILE"
)
_OK: Final = 200
_YAML: Final = (".yaml", ".yml")
_URL: Final = re.compile(r"https?://", re.IGNORECASE)

Document = dict[str, Any]


class DocumentAccess(Struct, frozen=True, kw_only=True):
    """Headers that are sent to where documents are; `follow` has what they refer to fetched."""

    services: Mapping[str, str] = {}
    gateway: Mapping[str, str] = {}
    follow: bool = False


def document_access(
    services: Iterable[str], gateway: Iterable[str], *, follow: bool
) -> DocumentAccess:
    """Return what options say; raise SpecError for what is no header, or a secret not set."""
    return DocumentAccess(
        services=typed_headers(SERVICE_HEADER, services),
        gateway=typed_headers(GATEWAY_HEADER, gateway),
        follow=follow,
    )


class NoDocumentError(SpecError):
    """At an address stands no document, whatever else does."""


def documents(
    stack: "Stack", files: Mapping[str, Document], access: DocumentAccess | None = None
) -> dict[str, Document]:
    """Return what each service publishes, by name; the gateway's own, if any, under GATEWAY.

    Each refers to itself alone, and its paths begin at the gateway's URL. Raises SpecError for a
    document that cannot be had or read.
    """
    known = found(stack, files, access)
    return {name: usable(name, placed(one, stack.doorstep)) for name, one in known.items()}


def found(
    stack: "Stack", files: Mapping[str, Document], access: DocumentAccess | None = None
) -> dict[str, Document]:
    """Return the same as they are published: with their own paths, and their servers."""
    return {**files, **_published(stack, files, access or DocumentAccess())}


def _published(
    stack: "Stack", files: Mapping[str, Document], access: DocumentAccess
) -> dict[str, Document]:
    addresses = {**stack.services, **dict.fromkeys(stack.spec.named("gateway"), stack.doorstep)}
    found: dict[str, Document] = {}
    for name, part in stack.spec.parts.items():
        shown = GATEWAY if part.role == "gateway" else name
        if shown in files:
            continue
        if isinstance(part.openapi, OpenapiFile):
            found[shown] = filed(stack.spec, name, follow=access.follow)
        elif part.openapi and name in addresses:
            found |= _found(stack, shown, f"{addresses[name]}{part.openapi}", access)
    return found


def filed(spec: "StackSpec", name: str, *, follow: bool = False) -> Document:
    """Return the document that a part has as a file; raise SpecError where it cannot be read."""
    said = spec.parts[name].openapi
    assert isinstance(said, OpenapiFile)  # noqa: S101 -- only such parts are asked for
    try:
        return in_file(spec.folder / said.file, follow=follow)
    except SpecError as error:
        raise SpecError(f"`parts.{name}.openapi.file` of the stack file: {error}") from error


def _found(stack: "Stack", name: str, url: str, access: DocumentAccess) -> dict[str, Document]:
    shown: Mapping[str, str] = access.services
    if name == GATEWAY:
        shown = {**credentials.shown(stack.spec.contract), **access.gateway}
    try:
        return {name: fetched(url, shown, follow=access.follow)}
    except NoDocumentError:
        # Of a gateway that is attached to nobody has said that it publishes anything.
        if stack.ours or name != GATEWAY:
            raise
        return {}


def usable(name: str, document: Document) -> Document:
    """Return a document whose every reference on the way to a schema leads to something."""
    try:
        operations(document)
    except SpecError as error:
        raise SpecError(f"The document of {name or 'the gateway'}: {error}") from error
    for path in document["paths"]:
        if not path.isprintable() or inert(path) != path:
            raise SpecError(
                f"Expected paths that print in the document of {name or 'the gateway'}; "
                f"seen: {path!a}."
            )
    return document


def fetched(url: str, shown: Mapping[str, str] | None = None, *, follow: bool = False) -> Document:
    """Return the document behind a URL; raise SpecError where there is none to be used.

    `shown` are headers by which one is let in.
    """
    return at_address(url, shown or {}, _HINT, follow=follow)


def at_address(url: str, shown: Mapping[str, str], hint: str, *, follow: bool) -> Document:
    """Do the same; `hint` is what to do where no document is there."""
    load = partial(_asked, shown)
    source = Source(url, load, _parsed)
    try:
        content = load(url, FETCHED_WITHIN_S, references.MOST_BYTES)
        document = _mapping(_parsed(url, content))
    except SpecError as error:
        where = without_passwords(url)
        raise NoDocumentError(
            f"Expected an OpenAPI document at {where}, but: {error}; {hint}."
        ) from error
    return settled(document, source, follow=follow)


def given(
    pairs: Sequence[str],
    known: Sequence[str],
    access: DocumentAccess | None = None,
    *,
    own: str = "",
    fetching: bool = True,
) -> dict[str, Document]:
    """Return the documents of NAME=PLACE pairs; raise SpecError for what cannot be.

    A place is a file, or a URL, which is asked unless there is no `fetching`. `own` is the name by
    which the gateway's is given.
    """
    access, found = access or DocumentAccess(), {}
    for pair in pairs:
        name, _, said = pair.partition("=")
        if not said or name not in {*known, own}:
            raise SpecError(
                f"Expected {SCHEMA_OPTION} NAME=FILE or NAME=URL, the name out of "
                f"{', '.join(filter(None, [*known, own]))}; seen: {without_passwords(pair)!r}."
            )
        place, shown = noted_in(read(SCHEMA_OPTION, said)), GATEWAY if name == own else name
        if not is_url(place):
            found[shown] = in_file(Path(place), follow=access.follow)
        elif fetching:
            headers = access.services if shown else access.gateway
            found[shown] = at_address(place, headers, _HINT, follow=access.follow)
    return found


def is_url(place: str) -> bool:
    """Tell whether a document is to be asked for, and not read from a file."""
    return _URL.match(place) is not None


def asked(config: "pytest.Config", spec: "StackSpec") -> dict[str, Document]:
    """Return the documents given on pytest's command line."""
    pairs, access = config.getoption(SCHEMA_OPTION) or (), accessed(config)
    return given(pairs, list(spec.owners), access, own=next(iter(spec.named("gateway"))))


def accessed(config: "pytest.Config") -> DocumentAccess:
    """Return what a session was given to get at documents by."""
    return document_access(
        config.getoption(SERVICE_HEADER) or (),
        config.getoption(GATEWAY_HEADER) or (),
        follow=bool(config.getoption(references.OPTION)),
    )


def in_file(path: Path, *, follow: bool) -> Document:
    """Return the document in a file; raise SpecError where there is none to be used."""
    address = path.resolve().as_uri()
    try:
        document = _mapping(_parsed(address, _opened(address, 0, references.MOST_BYTES)))
    except SpecError as error:
        raise SpecError(f"Expected an OpenAPI document in {path}, but: {error}.") from error
    return settled(document, Source(address, _opened, _parsed), follow=follow)


def _opened(address: str, within_s: float, most_bytes: int) -> bytes:  # noqa: ARG001 -- a Load
    """Return what is in a file; a pipe, or a device, might have no end."""
    path = Path(unquote(urlsplit(address).path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SpecError(f"{path} is no file")
        with path.open("rb") as file:
            return file.read(most_bytes + 1)
    except OSError as error:
        raise SpecError(f"{path}: {(error.strerror or str(error)).lower()}") from error


def _asked(shown: Mapping[str, str], url: str, within_s: float, most_bytes: int) -> bytes:
    parts = urlsplit(url)
    base, target = (
        f"{parts.scheme}://{parts.netloc}",
        url[len(f"{parts.scheme}://{parts.netloc}") :],
    )
    within_s = min(within_s, FETCHED_WITHIN_S)
    try:
        answer = exchange(
            base,
            "GET",
            target,
            within_s=within_s,
            headers=credentials.put(url, shown),
            most_bytes=max(1, most_bytes),
        )
    except NoAnswerError as error:
        raise SpecError(str(error)) from error
    if answer.status != _OK:
        raise SpecError(f"{answer.status} {answer.reason}")
    return answer.body


def _parsed(address: str, content: bytes) -> Any:  # noqa: ANN401 -- whatever stands there
    url = urlsplit(address)
    # A file is YAML unless its name says JSON, what a server publishes the other way round.
    yaml_like = not url.path.endswith(".json") if url.scheme == "file" else url.path.endswith(_YAML)
    try:
        return parsed(content.decode(), is_yaml=yaml_like)
    except UnicodeDecodeError as error:
        raise SpecError(" ".join(str(error).split())) from error


def _mapping(document: Any) -> Document:  # noqa: ANN401 -- whatever was read
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise SpecError("it has no paths")
    return document
