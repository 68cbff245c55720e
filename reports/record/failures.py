"""What a contract run found and what it asked, as frozen data that stands in its record.

E2eRun -> Failure -> RecordedRequest, RecordedResponse, ResponseDifference
       -> MethodCoverage, Exercised
"""

import base64
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from reports.record.measurements import Count, Reason

Method = Literal["paper", "parity", "received", "promises", "schema", "whole"]
METHODS: Final[dict[Method, str]] = {
    "paper": "drift on paper",
    "parity": "parity",
    "received": "received",
    "promises": "promises",
    "schema": "schema checks",
    "whole": "whole system",
}
Repeated = Literal["reproducible", "flaky", "not repeated"]
Encoding = Literal["utf-8", "base64"]
# The gateway broke off, or did not answer in time.
SILENT: Final = 0
MOST_BODY_BYTES: Final = 512 * 1024


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bytes as JSON can hold them; of a long body the beginning, `size` counts all of it."""

    text: str = ""
    encoding: Encoding = "utf-8"
    size: Count = 0

    def __post_init__(self) -> None:
        """Refuse a text that is not of its encoding: whoever wrote the record could choose it."""
        if self.encoding == "base64":
            base64.b64decode(self.text, validate=True)

    @property
    def content(self) -> bytes:
        """Return the bytes that were kept."""
        return base64.b64decode(self.text) if self.encoding == "base64" else self.text.encode()


def body(content: bytes, most: int = MOST_BODY_BYTES) -> Body:
    """Return bytes as text where they are UTF-8, else in base64; what is over `most` is cut."""
    kept = content[:most]
    try:
        return Body(text=kept.decode(), size=len(content))
    except UnicodeDecodeError:
        text = base64.b64encode(kept).decode()
        return Body(text=text, encoding="base64", size=len(content))


class RecordedRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request as it was sent; `target` is path and query, headers are Latin-1 as on the wire."""

    method: str
    target: str
    headers: dict[str, str] = {}
    body: Body | None = None


class RecordedResponse(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One side's answer; header names are in lower case, status SILENT is no answer at all."""

    status: Count
    headers: dict[str, str]
    body: Body


class ResponseDifference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing in which the two answers differ: "status", "header etag", "body /price"."""

    what: str
    gateway: str
    twin: str


class Failure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promise that was not kept, with the request that shows it.

    `operation`, `check` and `kind` identify it from run to run, whatever the seed. `operation` is
    empty where it is of none. `hops` are those that may be guilty. `before` are the writes that
    came before the request since the data was last fresh, where it does not fail without them.
    `reaches` are the other operations that have it as well, since they share what is wrong. It is
    `alike` where the service does as its gateway does, against the documents of both.
    """

    operation: str
    check: str
    kind: str
    method: Method
    sentence: str
    service: str = ""
    test: str = ""
    data: str = ""
    hops: tuple[str, ...] = ()
    request: RecordedRequest | None = None
    before: tuple[RecordedRequest, ...] = ()
    gateway: RecordedResponse | None = None
    twin: RecordedResponse | None = None
    differences: tuple[ResponseDifference, ...] = ()
    repeated: Repeated = "not repeated"
    repetition: str = ""
    known: bool = False
    reaches: tuple[str, ...] = ()
    alike: bool = False
    file: Annotated[str, Meta(pattern=r"^failures/\w[\w.-]*\.py$")] | None = None

    @property
    def identity(self) -> "Identity":
        """Return what it is known by."""
        return self.operation, self.check, self.kind


Identity = tuple[str, str, str]


class MethodCoverage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often a method was put to an operation; where never, the reason.

    This is no verdict: what came of it are the failures. `applies` is false where the method cannot
    be put to the service at all, since it has no twin, say.
    """

    service: str
    operation: str
    method: Method
    asked: Count = 0
    applies: bool = True
    reason: str = ""


class KeywordCoverage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many values were sent that fit a keyword of a document, and how many that break it."""

    where: str
    keyword: str
    fits: Count
    breaks: Count


class Exercised(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one operation was exercised with.

    `documented` are the statuses that its document names, `statuses` how often each came, `headers`
    how often an answer of a status came with a header that is documented for it ("200 etag").
    """

    service: str
    operation: str
    requests: Count
    documented: tuple[str, ...]
    statuses: dict[str, Count]
    keywords: tuple[KeywordCoverage, ...]
    headers: dict[str, Count]
    never: tuple[Reason, ...] = ()
