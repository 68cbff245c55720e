"""What an operation asks of whoever comes, by what is to be shown and not by a scheme's name."""

from collections.abc import Mapping
from typing import Any, TypedDict

Choice = frozenset[str]


class Asked(TypedDict):
    """The parts of an operation that say what it asks for."""

    security: frozenset[Choice]
    keys: frozenset[Choice]
    is_open: bool


class SecuritySchemes:
    """The security schemes of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._shared = document.get("security")
        components = document.get("components")
        known = components.get("securitySchemes") if isinstance(components, dict) else None
        self._known: Mapping[str, Any] = known if isinstance(known, dict) else {}

    def __repr__(self) -> str:
        """Show which there are."""
        return f"<SecuritySchemes {', '.join(self._known)}>"

    def of(self, operation: Mapping[str, Any]) -> Asked:
        """Return what an operation asks for: each choice is all that one may come in with."""
        choices = _choices(operation.get("security", self._shared))
        return Asked(
            security=frozenset(frozenset(one) for one in choices),
            keys=frozenset(
                frozenset(self._shown(name, scopes) for name, scopes in one.items())
                for one in choices
            ),
            is_open="security" in operation and not any(choices),
        )

    def _shown(self, name: str, scopes: Any) -> str:  # noqa: ANN401 -- as it stands in the document
        """Return in words what is to be shown: "key in header x-key", "http bearer"."""
        listed = sorted(map(str, scopes)) if isinstance(scopes, list) else []
        return " ".join(filter(None, [self._scheme(name), _with_scopes(listed)]))

    def _scheme(self, name: str) -> str:  # noqa: PLR0911 -- one for each kind of scheme
        match self._scheme_of(name):
            case {"type": "apiKey", "in": "header", "name": str(key)}:
                return f"a key in header {key.lower()}"
            case {"type": "apiKey", "in": str(place), "name": str(key)}:
                return f"a key in {place} {key}"
            case {"type": "http", "scheme": str(kind)}:
                return f"http {kind.lower()}"
            case {"type": "openIdConnect", "openIdConnectUrl": str(url)}:
                return f"OpenID Connect of {url}"
            case {"type": "oauth2", "flows": dict(flows)}:
                return f"OAuth 2 ({', '.join(sorted(map(str, flows)))})"
            case {"type": "mutualTLS"}:
                return "a client certificate"
            case _:
                return name

    def _scheme_of(self, name: str) -> Any:  # noqa: ANN401 -- as it stands in the document
        """Return a scheme, which may stand for another one in the same place."""
        passed: set[str] = set()
        while name not in passed:
            passed.add(name)
            found = self._known.get(name)
            reference = found.get("$ref") if isinstance(found, dict) else None
            if not isinstance(reference, str):
                return found
            name = reference.rpartition("/")[2]
        return None


def _choices(said: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- as it stands in the document
    """Return the choices; one that asks for nothing, alone, is as good as none."""
    found = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    return found if any(found) else []


def _with_scopes(scopes: list[str]) -> str:
    return f"for {', '.join(scopes)}" if scopes else ""
