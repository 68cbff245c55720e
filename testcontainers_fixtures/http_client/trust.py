"""Which certificates the harness trusts, and which it shows: by files that were named.

It trusts the machine's authorities, or those in a file; it shows a certificate, where it has one,
to a server that asks. OpenSSL's own variable says which authorities, so that what a run starts (a
load process) trusts the same; two of ours say what is shown.
"""

import os
import ssl
from functools import lru_cache
from pathlib import Path
from typing import Final

from testcontainers_fixtures.errors import SpecError

OPTION: Final = "--ca-file"
VARIABLE: Final = "SSL_CERT_FILE"
CERT_OPTION: Final = "--client-cert"
KEY_OPTION: Final = "--client-key"
CERT_VARIABLE: Final = "GATEWAYBENCH_CLIENT_CERT"
KEY_VARIABLE: Final = "GATEWAYBENCH_CLIENT_KEY"


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


def show(certificate: str | None, key: str | None) -> None:
    """Show a certificate to who asks for one; its key is in the same file, or in one of its own.

    Raises SpecError where they are none, do not belong together, or the key is under a password.
    """
    if certificate is None:
        if key is not None:
            raise SpecError(f"Expected {CERT_OPTION} FILE beside {KEY_OPTION}; it is missing.")
        return
    try:
        _shown(ssl.create_default_context(), certificate, key)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise SpecError(
            f"Expected {CERT_OPTION} FILE with a certificate in PEM, and its key there or as "
            f"{KEY_OPTION} FILE, under no password; seen: {said}."
        ) from error
    os.environ[CERT_VARIABLE] = str(Path(certificate).resolve())
    os.environ[KEY_VARIABLE] = str(Path(key).resolve()) if key is not None else ""


def trusted() -> ssl.SSLContext:
    """Return what verifies a server's certificate and its name; read once for each file."""
    known = os.environ
    return _context(
        known.get(VARIABLE),
        known.get("SSL_CERT_DIR"),
        known.get(CERT_VARIABLE) or None,
        known.get(KEY_VARIABLE) or None,
    )


@lru_cache(maxsize=8)
def _context(
    file: str | None,  # noqa: ARG001 -- OpenSSL reads it
    folder: str | None,  # noqa: ARG001 -- likewise
    certificate: str | None,
    key: str | None,
) -> ssl.SSLContext:
    made = ssl.create_default_context()
    return _shown(made, certificate, key) if certificate else made


def _shown(context: ssl.SSLContext, certificate: str, key: str | None) -> ssl.SSLContext:
    # Without a password that is told, OpenSSL would ask the terminal for one.
    context.load_cert_chain(certificate, key, password="")
    return context
