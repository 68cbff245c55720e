"""How an end comes to its broker: where it is, who comes, how that is shown, and what keeps it out.

a password                  PLAIN, inside TLS where the address is amqps://
a certificate               EXTERNAL: the broker takes the user from it
both                        PLAIN, over a TLS in which both sides show a certificate
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from aiormq.exceptions import AMQPConnectionError, AuthenticationError, InvalidFrameError
from aiormq.exceptions import ProbableAuthenticationError as LoginRefusedError
from pydantic import SecretStr, model_validator
from yarl import URL

from system.settings import Settings, SettingsError
from system.wire.broker_errors import BrokerRefusedError
from system.wire.rpc_errors import AccessRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """Where the broker is, how both prove who they are, and how soon its loss is noticed.

    An `amqps://` broker shows a certificate of `ca_file`, or of the system's authorities where that
    is empty; `verify=False` takes any. It is shown the one in `cert_file`, if given, whose key is
    in `key_file`, or beside it where that is empty.
    """

    url: str
    ca_file: str = ""
    verify: bool = True
    cert_file: str = ""
    key_file: str = ""
    heartbeat_s: int = 2
    reconnect_interval_s: float = 0.5
    connect_timeout_s: float = 1.5
    answer_timeout_s: float = 2.0

    def __repr__(self) -> str:
        """Show the host, never the password."""
        return f"<BrokerSettings {URL(self.url).host}:{URL(self.url).port}>"

    @property
    def mechanism(self) -> str:
        """Return the SASL mechanism by which it logs in."""
        return "EXTERNAL" if self.cert_file and not URL(self.url).password else "PLAIN"

    def address(self, name: str) -> URL:
        """Return the URL to connect to, with how that is done, as a connection of this name."""
        return URL(self.url).update_query(
            heartbeat=self.heartbeat_s, name=name, auth=self.mechanism.lower()
        )

    def tls(self) -> ssl.SSLContext | None:
        """Return how certificates are checked and shown; None where there are none."""
        if URL(self.url).scheme != "amqps":
            return None
        context = tls_context(self.ca_file, verify=self.verify)
        if self.cert_file:
            # An encrypted key would have the terminal asked for its password.
            context.load_cert_chain(self.cert_file, self.key_file or None, password="")
        return context


def tls_context(ca_file: str, *, verify: bool) -> ssl.SSLContext:
    """Return a client's context that trusts `ca_file`, or the system's authorities where empty."""
    context = ssl.create_default_context(cafile=ca_file or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class BrokerLogin(Settings):
    """What both ends are told of their broker from outside."""

    broker: SecretStr
    broker_ca_file: str
    broker_verify: bool
    broker_cert_file: str
    broker_key_file: str

    def broker_settings(self) -> BrokerSettings:
        """Return it as a connection takes it."""
        return BrokerSettings(
            url=self.broker.get_secret_value(),
            ca_file=self.broker_ca_file,
            verify=self.broker_verify,
            cert_file=self.broker_cert_file,
            key_file=self.broker_key_file,
        )

    @model_validator(mode="after")
    def check(self) -> Self:
        """Raise SettingsError for what no broker could be reached with."""
        settings = self.broker_settings()
        url = URL(settings.url)
        if settings.key_file and not settings.cert_file:
            raise SettingsError(
                "RMQ_KEY_FILE is set without RMQ_CERT_FILE: a key is shown by its certificate."
            )
        if settings.cert_file and url.scheme != "amqps":
            raise SettingsError(
                f"RMQ_CERT_FILE is set for a broker at {url.scheme}://, where no certificate is"
                " shown: set RMQ_SCHEME=amqps, or take the certificate out."
            )
        if not (settings.cert_file or url.password):
            raise SettingsError(
                "key broker needs the environment variable RMQ_PASS, or for a login by certificate"
                " RMQ_CERT_FILE and RMQ_KEY_FILE; none is set. Set one, or put it into the .env"
                " beside the settings file."
            )
        try:
            settings.tls()
        except OSError as error:
            raise SettingsError(
                "Expected PEM files that belong together in RMQ_CA_FILE, RMQ_CERT_FILE and"
                f" RMQ_KEY_FILE, the key without a password; seen: {error}."
            ) from error
        return self


@contextmanager
def let_in(settings: BrokerSettings) -> Iterator[None]:
    """Raise BrokerRefusedError where the broker is there, and does not let this user in."""
    try:
        yield
    except LoginRefusedError as error:
        shown = "password" if settings.mechanism == "PLAIN" else "certificate"
        raise _kept_out(f"does not know the user, or not with this {shown}") from error
    except AuthenticationError as error:
        raise _kept_out(
            f"has no login by {settings.mechanism} (it offers {error.args[0]})"
        ) from error
    except InvalidFrameError as error:
        # It closes where it should open; the client tells no more than that.
        if "Connection.Close " not in str(error):
            raise
        raise _kept_out(
            "does not open the vhost: there is none of that name, the user has no right on it, or"
            " there are connections enough; its log says which"
        ) from error
    except AMQPConnectionError as error:
        if not _certificate_wanted(error, settings):
            raise
        raise _kept_out(
            "does not take the TLS without a certificate it trusts: see RMQ_CERT_FILE"
        ) from error


def _kept_out(why: str) -> BrokerRefusedError:
    return BrokerRefusedError(AccessRefusedError(f"The broker {why}."))


def _certificate_wanted(error: AMQPConnectionError, settings: BrokerSettings) -> bool:
    return URL(settings.url).scheme == "amqps" and "ALERT" in str(error).upper()
