"""Which certificates the harness trusts: the machine's, or those in a file that was named.

OpenSSL's own variable says which file, so that what a run starts (a load process) trusts the same.
"""

import os
import ssl
from functools import lru_cache
from pathlib import Path
from typing import Final

from testcontainers_fixtures.errors import SpecError

OPTION: Final = "--ca-file"
VARIABLE: Final = "SSL_CERT_FILE"


def trust(file: str | None) -> None:
    """Trust the authorities in a file, in place of the machine's; raise SpecError for none."""
    if file is None:
        return
    try:
        ssl.create_default_context(cafile=file)
    except OSError as error:
        raise SpecError(
            f"Expected {OPTION} FILE with certificates in PEM; {file!r} cannot be read as such: "
            f"{error.strerror or error}."
        ) from error
    # Whoever is started may run in another folder.
    os.environ[VARIABLE] = str(Path(file).resolve())


def trusted() -> ssl.SSLContext:
    """Return what verifies a server's certificate and its name; read once for each file."""
    return _context(os.environ.get(VARIABLE), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=8)
def _context(file: str | None, folder: str | None) -> ssl.SSLContext:  # noqa: ARG001 -- OpenSSL reads both
    return ssl.create_default_context()
