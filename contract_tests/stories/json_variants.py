"""Bodies whose bytes say the same in another way, or what not every reader of JSON takes.

    spelled    escapes against UTF-8, white space, a repeated key, 5.0 for 5, nothing, 300 KiB
    hostile    names and values that no text can hold, numbers beyond any, depth

What must be answered is not said here: two sides that get the same bytes must answer alike.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from contract_tests.drift.documents import Operation
from contract_tests.stories.request_bodies import TEXTS, draft
from contract_tests.stories.resources import Row

PADDED_BYTES: Final = 300 * 1024
# JSON that a reader may take and then be unable to write into its own answer.
_VALUES: Final = (
    rb'"\ud800"',
    rb'"\u0000"',
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"-0",
    b"9" * 400,
    b"true",
    b"[" * 200 + b"]" * 200,
)
_NAMES: Final = (
    rb'"\ud800"',
    rb'"\u0000"',
    b'""',
    b'"__proto__"',
    b'"' + b"n" * 9_000 + b'"',
)


def spelled(operation: Operation, pattern: Row) -> Iterator[bytes]:
    """Yield bodies whose bytes a hop may write anew, and such as no schema takes."""
    yield from (b"", b"null", b"[]", b"{}", b"{", b"\xff", b'"text"')
    for text in (TEXTS[2], TEXTS[3]):
        made = draft(operation, pattern, text)
        if made is None:
            return
        plain = made.encoded()
        yield from (json.dumps(made.sent).encode(), b"\xef\xbb\xbf" + plain, _doubled(plain))
        yield from (plain[:-1], _reversed(made.sent))
        yield json.dumps({n: _as_float(v) for n, v in made.sent.items()}).encode()
    yield b" " * PADDED_BYTES + plain


def hostile(operation: Operation, pattern: Row) -> Iterator[bytes]:
    """Yield bodies with each hostile value and name, alone and where a text or number belongs."""
    yield from _VALUES
    made = draft(operation, pattern, "Hostile ")
    plain = made.sent if made else {}
    sent = {json.dumps(n).encode(): json.dumps(v).encode() for n, v in plain.items()}
    for name in _NAMES:
        yield _object({name: b"1"})
        yield _object(sent | {name: b"1"})
    for name in sent:
        yield from (_object(sent | {name: value}) for value in _VALUES)


def _object(members: dict[bytes, bytes]) -> bytes:
    return b"{" + b",".join(b":".join(member) for member in members.items()) + b"}"


def _doubled(plain: bytes) -> bytes:
    """Return an object with its first member once more, holding something else."""
    first = plain.index(b":")
    return plain[:1] + plain[1:first] + b":7," + plain[1:]


def _reversed(sent: Row) -> bytes:
    return json.dumps(dict(reversed(sent.items())), indent=4, ensure_ascii=False).encode()


def _as_float(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    # To JSON Schema 5.0 is an integer as 5 is.
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
