"""The fields of an AMQP 0-9-1 message as bytes, and how to draw any of them.

    short("a")  a length of one byte, then as many bytes      long("a")  a length of four bytes
    table([(key, value), ...])                                array([value, ...])

A value in a table or an array begins with the letter of its type. What is drawn covers each letter
that RabbitMQ knows (rabbitmq.com/amqp-0-9-1-errata), and each of the fourteen properties.
"""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from hypothesis import strategies as st

Entry = tuple[bytes, bytes]
Draw = st.SearchStrategy[bytes]

# In the order in which they are written; the first has the highest bit of the flags.
PROPERTIES: Final = (
    "content_type", "content_encoding", "headers", "delivery_mode", "priority", "correlation_id",
    "reply_to", "expiration", "message_id", "timestamp", "type", "user_id", "app_id", "cluster_id",
)  # fmt: skip


def short(text: bytes) -> bytes:
    """Return a short string; it may have at most 255 bytes."""
    return struct.pack(">B", len(text)) + text


def long(text: bytes) -> bytes:
    """Return a long string."""
    return struct.pack(">I", len(text)) + text


def table(entries: Iterable[Entry]) -> bytes:
    """Return a field table; each value begins with the letter of its type."""
    return long(b"".join(short(key) + value for key, value in entries))


def array(values: Iterable[bytes]) -> bytes:
    """Return a field array."""
    return long(b"".join(values))


def properties(given: Mapping[str, bytes]) -> bytes:
    """Return the flags and the values of a message's properties, each value as it is written."""
    flags = sum(1 << (15 - place) for place, name in enumerate(PROPERTIES) if name in given)
    return struct.pack(">H", flags) + b"".join(given[n] for n in PROPERTIES if n in given)


# Where a number is at its end, or another unit of time begins: seconds, ms, us, ns of our days.
_TIMES: Final = (0, 1, 1_800_000_000, 2**32 - 1, 2**32, 1_800_000_000_000, 253_402_300_800_000,
                 1_800_000_000_000_000, 1_800_000_000_000_000_000, 2**63, 2**64 - 1)  # fmt: skip
_NOT_NUMBERS: Final = (float("nan"), float("inf"), float("-inf"), -0.0)


def timestamps() -> Draw:
    """Draw the eight bytes of a timestamp, in any unit."""
    times = st.sampled_from(_TIMES) | st.integers(0, 2**64 - 1)
    return times.map(lambda time: struct.pack(">Q", time))


def short_strings() -> Draw:
    """Draw short strings: empty, of 255 bytes, of text and of bytes that are none."""
    ends = st.sampled_from([b"", b"\xff", b"\xc3", b"a" * 255, b"\xe2\x82\xac" * 85, b"\x80" * 255])
    texts = st.text(max_size=40).map(lambda text: text.encode()[:255])
    return (ends | texts | st.binary(max_size=255)).map(short)


def values() -> Draw:
    """Draw values of every type, nested too, each with its letter before it."""
    return st.recursive(_leaves(), lambda inner: _arrays(inner) | _tables(inner), max_leaves=12)


def tables() -> Draw:
    """Draw tables as the property `headers` has them: without a letter, keys of any bytes."""
    return _tables(values()).map(lambda value: value[1:])


def deep(levels: int) -> bytes:
    """Return a table whose one value nests so many arrays: deeper than a recursion goes."""
    inner = b"V"
    for _ in range(levels):
        inner = b"A" + array([inner])
    return table([(b"deep", inner)])


def _leaves() -> Draw:
    whole: Sequence[tuple[str, str, int, int]] = (
        ("b", "b", -(2**7), 2**7 - 1), ("B", "B", 0, 2**8 - 1), ("s", "h", -(2**15), 2**15 - 1),
        ("u", "H", 0, 2**16 - 1), ("I", "i", -(2**31), 2**31 - 1), ("i", "I", 0, 2**32 - 1),
        ("l", "q", -(2**63), 2**63 - 1), ("L", "q", -(2**63), 2**63 - 1), ("t", "B", 0, 1),
    )  # fmt: skip
    floats = st.sampled_from(_NOT_NUMBERS) | st.floats()
    return st.one_of(
        st.just(b"V"),
        *(st.integers(low, high).map(_packed(letter, form)) for letter, form, low, high in whole),
        (st.sampled_from(_NOT_NUMBERS) | st.floats(width=32)).map(_packed("f", "f")),
        floats.map(_packed("d", "d")),
        st.binary(min_size=5, max_size=5).map(lambda raw: b"D" + raw),
        timestamps().map(lambda raw: b"T" + raw),
        st.binary(max_size=300).map(lambda raw: b"S" + long(raw)),
        st.binary(max_size=300).map(lambda raw: b"x" + long(raw)),
    )


def _packed(letter: str, form: str) -> Callable[[float], bytes]:
    return lambda number: letter.encode() + struct.pack(f">{form}", number)


def _arrays(inner: Draw) -> Draw:
    return st.lists(inner, max_size=4).map(lambda values: b"A" + array(values))


def _tables(inner: Draw) -> Draw:
    keys = st.sampled_from([b"", b"k" * 255, b"\xff\xfe", b"x-death", b"CC"]) | st.binary(
        max_size=255
    )
    return st.lists(st.tuples(keys, inner), max_size=4).map(lambda pairs: b"F" + table(pairs))
