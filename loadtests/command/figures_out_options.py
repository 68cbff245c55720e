"""Where the command line wants figures to go, or in one sentence why they cannot."""

import socket
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from loadtests.sweep.outputs.figures_out import OPTION, FiguresOut
from testcontainers_fixtures.errors import MissingNeedError, SpecError
from testcontainers_fixtures.output.redaction import read, without_passwords
from testcontainers_fixtures.stack_file.nearest import meant

OTLP: Final = "--otlp"
REACHED_WITHIN_S: Final = 5.0
_PORTS: Final = {"http": 80, "https": 443}
KINDS: Final = ("csv", "openmetrics")


def figures_out_of(texts: Sequence[str], otlp: str | None = None) -> FiguresOut:
    """Return where figures go of `KIND=FILE` texts, and of a collector's URL.

    Raises SpecError for a file that cannot be written and a collector that is not there, and
    MissingNeedError where what sends to one is not installed.
    """
    files: dict[str, Path] = {}
    for text in texts:
        kind, _, name = text.partition("=")
        if kind not in KINDS or not name:
            near = "" if kind in KINDS else meant(kind, KINDS)
            raise SpecError(f"{OPTION} takes csv=FILE or openmetrics=FILE; got {text!r}{near}.")
        if kind in files:
            raise SpecError(f"{OPTION} {kind}=FILE is given twice; give it once.")
        files[kind] = _writable(Path(name), kind)
    if len(set(files.values())) < len(files):
        raise SpecError(f"{OPTION} names one file for both kinds; give each its own.")
    return FiguresOut(
        csv=files.get("csv"),
        openmetrics=files.get("openmetrics"),
        otlp=None if otlp is None else _collector(otlp),
    )


def _collector(text: str) -> str:
    """Return a collector's base URL without a slash at its end."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        raise MissingNeedError(
            f"{OTLP} needs opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http, which are "
            f"not installed; install them (dependency group `otlp`), or leave {OTLP} out."
        )
    url = urlsplit(read(OTLP, text))
    try:
        port = url.port or _PORTS.get(url.scheme, 0)
    except ValueError:
        port = 0
    if not port or not url.hostname or url.query or url.fragment or "@" in url.netloc:
        raise SpecError(
            f"{OTLP} takes a collector's base URL such as http://127.0.0.1:4318; got "
            f"{without_passwords(text)!r}. What lets it in goes into OTEL_EXPORTER_OTLP_HEADERS."
        )
    try:
        socket.create_connection((url.hostname, port), timeout=REACHED_WITHIN_S).close()
    except OSError as error:
        raise SpecError(
            f"Expected an OTLP collector at {url.geturl()}, but: "
            f"{str(error.strerror or error).lower()}; start it, or leave {OTLP} out."
        ) from error
    return url.geturl().rstrip("/")


def _writable(path: Path, kind: str) -> Path:
    """Return a file's whole path; raise SpecError where it cannot be written at the run's end."""
    path = path.absolute()
    folder = path.parent
    if path.exists() and not path.is_file():
        seen = f"{path} is no file"
    elif not folder.is_dir():
        seen = f"there is no folder {folder}"
    elif said := _refusal(path.with_name(f"{path.name}.part")):
        seen = f"{folder} takes none: {said}"
    else:
        return path
    raise SpecError(
        f"{OPTION} {kind}=FILE takes a file that can be written, but {seen}; name another."
    )


def _refusal(part: Path) -> str:
    """Return why a file cannot be made; "" where it can. None is left."""
    try:
        part.touch()
        part.unlink()
    except OSError as error:
        return str(error.strerror or error).lower()
    return ""
