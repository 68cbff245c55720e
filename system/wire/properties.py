"""What of a message's properties is read here, in a form that can always be decoded.

Both ends look at four of the fourteen, all of them short strings. A header in plain ASCII without
a table and a timestamp passes as it is, and that is almost every one. Of any other the four are
kept and the rest is left out unread: a table may nest deeper than Python recurses. What is no UTF-8
is left out too; that nobody can be answered then is told in a table of ours (`UNREADABLE`), which
also carries over how often we have sent a call on (`DELIVERIES`).
"""

import re
import struct
from collections.abc import Mapping
from typing import Final

# Which of the properties that an answer needs cannot be read.
UNREADABLE: Final = "x-unreadable"
# How often a call was delivered already, when it was sent on to be delivered once more.
DELIVERIES: Final = "x-deliveries"

_TEXT, _TABLE, _OCTET, _TIME = range(4)
# As they follow each other (AMQP 0-9-1); the first has the highest bit of the flags.
_PROPERTIES: Final = (
    ("content_type", _TEXT), ("content_encoding", _TEXT), ("headers", _TABLE),
    ("delivery_mode", _OCTET), ("priority", _OCTET), ("correlation_id", _TEXT),
    ("reply_to", _TEXT), ("expiration", _TEXT), ("message_id", _TEXT), ("timestamp", _TIME),
    ("type", _TEXT), ("user_id", _TEXT), ("app_id", _TEXT), ("cluster_id", _TEXT),
)  # fmt: skip
_BITS: Final = {name: 1 << (15 - place) for place, (name, _) in enumerate(_PROPERTIES)}
_NEEDED: Final = frozenset({"correlation_id", "reply_to"})
# The message's id is for aiormq, which joins by it what a broker returns.
_KEPT: Final = _NEEDED | {"expiration", "message_id"}
# Hard to decode though they may be ASCII; the lowest bit says that more flags follow.
INTRICATE: Final = _BITS["headers"] | _BITS["timestamp"] | 1
# Before the flags: a class, a weight and the body's size.
FLAGS_AT: Final = 12
FLAGS: Final = struct.Struct(">H")
VALUES_AT: Final = FLAGS_AT + FLAGS.size
_LENGTH: Final = struct.Struct(">I")
# As pamqp writes a small number; where in a table it stands is all the same.
_COUNT: Final = re.compile(b"\x0c" + DELIVERIES.encode() + b"(b[\x00-\x7f])", re.DOTALL)


def readable(header: bytes) -> bytes | None:
    """Return a content header's payload with what is kept of it; None: it is good as it is."""
    (flags,) = FLAGS.unpack_from(header, FLAGS_AT)
    values = header[VALUES_AT:]
    if not flags & INTRICATE and values.isascii():
        return None
    try:
        found = _found(flags, values)
    except (IndexError, struct.error):  # no broker known lets that pass
        found = {"headers": _table({UNREADABLE: _long(b"properties")})}
    kept = sorted(found, key=_BITS.__getitem__, reverse=True)
    other = FLAGS.pack(sum(_BITS[name] for name in kept))
    return header[:FLAGS_AT] + other + b"".join(found[name] for name in kept)


def _found(flags: int, values: bytes) -> dict[str, bytes]:
    """Return the bytes of each property that is kept, and a table of ours where one is needed."""
    found, ours, unreadable, start = {}, {}, [], 0
    for name, kind in _PROPERTIES:
        if not flags & _BITS[name]:
            continue
        value = values[start : start + _size(kind, values, start)]
        start += len(value)
        if kind == _TABLE and (count := _COUNT.search(value)):
            ours[DELIVERIES] = count[1]
        if name in _KEPT and _is_text(value[1:]):
            found[name] = value
        elif name in _NEEDED:
            unreadable.append(name)
    if unreadable:
        ours[UNREADABLE] = _long(" and ".join(unreadable).encode())
    return found | ({"headers": _table(ours)} if ours else {})


def _size(kind: int, values: bytes, start: int) -> int:
    if kind == _TEXT:
        return 1 + values[start]
    if kind == _TABLE:
        return _LENGTH.size + int(_LENGTH.unpack_from(values, start)[0])
    return 1 if kind == _OCTET else 8


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _table(entries: Mapping[str, bytes]) -> bytes:
    raw = b"".join(bytes([len(key)]) + key.encode() + value for key, value in entries.items())
    return _LENGTH.pack(len(raw)) + raw


def _long(text: bytes) -> bytes:
    return b"S" + _LENGTH.pack(len(text)) + text
