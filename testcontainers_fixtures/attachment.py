"""Says where the parts of a system are that is already up, as its stack file names them."""

import ipaddress
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.output.redaction import noted_in, read, without_passwords, without_user
from testcontainers_fixtures.stack_file.nearest import meant
from testcontainers_fixtures.stack_spec import StackSpec

HTTP: Final = ("http", "https")
AMQP: Final = ("amqp", "amqps")
# What a client takes for its own machine, beside the addresses of loopback.
_EVERYWHERE: Final = ("localhost", "0.0.0.0", "::")  # noqa: S104 -- nothing is bound to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """The base URL behind the name of each copy, and where the broker is, if that is known."""

    urls: Mapping[str, str]
    amqp: str | None = None
    management: str | None = None

    def __repr__(self) -> str:
        """Show the parts' URLs; the broker's hold passwords."""
        return f"<Attachment {' '.join(f'{name}={url}' for name, url in self.urls.items())}>"


def attachment(  # noqa: PLR0913 -- one option each, all by keyword
    spec: StackSpec,
    *,
    gateway: str | None,
    services: Sequence[str] = (),
    twins: Sequence[str] = (),
    amqp: str | None = None,
    management: str | None = None,
) -> Attachment | None:
    """Return where to attach to, None when no option asks for it.

    `services` and `twins` are NAME=URL, by the names of the services in the stack file; a URL may
    be `$NAME`, the environment variable that holds it. Raises SpecError for a URL or a name that
    cannot be, and for any of them without a gateway; no message tells a password.
    """
    if gateway is None:
        if services or twins or amqp or management:
            raise SpecError(
                "Expected --gateway URL beside --service, --twin, --amqp and --management;"
                " it is missing: without it a stack is started, and has addresses of its own."
            )
        return None
    known = spec.named("service")
    [own] = spec.named("gateway")
    urls = {own: checked_url("--gateway", gateway)}
    urls |= _named("--service", services, list(known))
    with_twin = [name for name, part in known.items() if part.twin]
    urls |= {f"{name}-twin": url for name, url in _named("--twin", twins, with_twin).items()}
    return Attachment(
        urls=urls,
        amqp=amqp and _broker("--amqp", amqp, AMQP),
        management=management and _broker("--management", management, HTTP),
    )


def _named(option: str, pairs: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, url = pair.partition("=")
        if name not in known or not equals:
            raise SpecError(
                f"Expected {option} NAME=URL, the name out of {', '.join(known) or 'none at all'};"
                f" seen: {without_passwords(pair)!r}{meant(name, known) if equals else ''}."
            )
        found[name] = checked_url(option, url)
    return found


def checked_url(option: str, text: str) -> str:
    """Return a base URL, or the one that `$NAME` holds; raise SpecError that names the option."""
    text = noted_in(read(option, text))
    if not _is_url(text, HTTP):
        raise SpecError(
            f"Expected {option} with a URL as http://127.0.0.1:8000; seen: "
            f"{without_passwords(text)!r}."
        )
    return without_user(option, text).rstrip("/")


def is_on_loopback(url: str) -> bool:
    """Tell whether a client would look for a URL's host on its own machine."""
    host = urlsplit(url).hostname or ""
    return host in _EVERYWHERE or host.endswith(".localhost") or means_here(host)


def means_here(host: str) -> bool:
    """Tell whether an address means whichever machine says it."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _broker(option: str, text: str, schemes: tuple[str, ...]) -> str:
    url = noted_in(read(option, text))
    if not _is_url(url, schemes):
        raise SpecError(
            f"Expected {option} with a URL as {schemes[0]}://user:password@host, each with what a "
            f"URL has no place for escaped; seen: {without_passwords(url)!r}."
        )
    return url


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    url = urlsplit(text)
    try:
        return url.scheme in schemes and bool(url.hostname) and url.port != 0
    except ValueError:
        return False
