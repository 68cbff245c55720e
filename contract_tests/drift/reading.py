"""What could be read of a document, and what could not: named by its pointer, and why.

A place that cannot be read costs that place: it counts as unknown, and all else is compared.
"""

from typing import Any, Final, Literal

from msgspec import Struct

from testcontainers_fixtures.json_pointers import escaped

# The mark of a schema that could not be read; its value is where that stands.
UNREAD: Final = "x-unread"
_SHOWN: Final = 60
_NAMES: Final[dict[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}


class UnreadPlace(Struct, frozen=True, kw_only=True):
    """A place that could not be read: `pointer` is where it stands ("#/paths/~1a/get"), and why.

    `kind` says what is lost with it: a schema, a keyword of one, or something else.
    """

    pointer: str
    why: str
    kind: Literal["schema", "keyword", "part"] = "part"

    @property
    def sentence(self) -> str:
        """Return both in half a sentence."""
        return f"{self.pointer} cannot be read: {self.why}"


class Origins:
    """Where each schema of a document stands in it: what was read is known by its identity."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, str]] = {}

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<Origins of {len(self._known)} schemas>"

    def note(self, node: Any, pointer: str) -> Any:  # noqa: ANN401 -- an object, or a boolean
        """Note where a schema stands, and return it; it is kept, so that its identity holds."""
        if isinstance(node, dict):
            self._known.setdefault(id(node), (node, pointer))
        return node

    def of(self, node: Any) -> str:  # noqa: ANN401 -- as above
        """Return where a schema stands ("#/components/schemas/X"), "" where that is not known."""
        return self._known.get(id(node), (None, ""))[1]


class UnreadableError(Exception):
    """Something cannot be read; caught where its place is known."""


def seen(value: Any) -> str:  # noqa: ANN401 -- anything that stands in a document
    """Return in words what stands in place of what was expected."""
    kind = _NAMES.get(type(value), type(value).__name__)
    return kind if isinstance(value, dict | list) or value is None else f"{kind}, {shown(value)}"


def shown(value: Any) -> str:  # noqa: ANN401 -- as above
    """Return a value as a sentence can hold it."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def mapping(value: Any, what: str) -> dict[str, Any]:  # noqa: ANN401 -- as above
    """Return an object, an empty one for nothing; raise UnreadableError for what is none."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableError(f"{what} is an object; seen: {seen(value)}")
    return value


def sequence(value: Any, what: str) -> list[Any]:  # noqa: ANN401 -- as above
    """Return a list, an empty one for nothing; raise UnreadableError for what is none."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableError(f"{what} is a list; seen: {seen(value)}")
    return value


def token(name: object) -> str:
    """Return a name as it stands in a pointer."""
    return escaped(str(name))
