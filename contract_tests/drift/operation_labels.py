"""Says which published operation a request was for: "GET /things/{thing_id}"."""

import re
from collections.abc import Mapping
from typing import Final

from contract_tests.drift.documents import Document, operations

UNPUBLISHED: Final = "unpublished"
_PARAMETER: Final = re.compile(r"\\\{[^{}]+\\\}")


class Labels:
    """The operations of some services' documents, to be told by method and request target."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._known: dict[str, list[tuple[str, re.Pattern[str], str]]] = {
            service: sorted(
                (
                    (one.method, _pattern(one.path), one.label)
                    for one in operations(document).values()
                ),
                key=lambda row: row[2].count("{"),  # a path without parameters goes first
            )
            for service, document in documents.items()
            if service
        }

    def label(self, service: str, method: str, target: str) -> str:
        """Return the operation's label; all requests for nothing published share one a method."""
        path = target.partition("?")[0]
        for known, pattern, label in self._known.get(service, ()):
            if known == method and pattern.fullmatch(path):
                return label
        return f"{method} {UNPUBLISHED}"


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(_PARAMETER.sub("[^/]*", re.escape(path)))
