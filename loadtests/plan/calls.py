"""Turns the call templates of a traffic mix into requests, so that writes pair with deletes.

A value that one call `keeps` is lent to a call that names it and given back afterwards; a call that
`takes` it has it for good. While a value is lent nobody else sees it, so no request can meet a row
that another request is deleting.
"""

import random
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import msgspec

from loadtests.plan.answer_checks import AnswerChecks, Complaint
from loadtests.plan.answer_places import parsed, pointed_at
from loadtests.plan.data_rows import RowSupply
from loadtests.plan.plan import PlannedCall
from loadtests.plan.random_values import draws

# So many kept values may wait, or be on their way, for the call that takes them; beyond, that call
# is sent instead of the one that keeps more, and the data of a long run stays as large as it was.
MOST_KEPT: Final = 64
GONE: Final = frozenset({404, 410})
# A name in braces; braces written twice are braces.
_NAME: Final = re.compile(r"\{\{|\}\}|\{([a-z_][a-z0-9_]*)\}")
# A value that an answer brought must not end the header that it is put into.
_NO_HEADERS: Final[Mapping[bytes, bytes]] = {}
_LINE_ENDS: Final = str.maketrans("\r\n\0", "   ")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRequest:
    """One request, ready to be sent, and what was lent to it; `headers` are whole lines.

    `complaint` says of its answer what is wrong with it, where a call expects more than a status.
    """

    call: PlannedCall
    method: str
    target: str
    headers: str
    body: bytes
    lent: tuple[tuple[str, object], ...]
    complaint: Complaint | None = None


class TrafficMix:
    """A traffic mix: picks calls by weight, fills them in, keeps what their answers bring."""

    def __init__(self, calls: Iterable[PlannedCall], rows: RowSupply | None = None) -> None:
        self._calls = tuple(calls)
        self._weights = [call.weight for call in self._calls]
        self._kept: dict[str, deque[object]] = {n: deque() for c in self._calls for n in c.keeps}
        self._keeper = {name: call for call in reversed(self._calls) for name in call.keeps}
        self._taker = {call.takes: call for call in reversed(self._calls) if call.takes}
        self._coming: Counter[str] = Counter()
        # Several calls may bear one name, and count as one in the figures.
        self._needs = {id(c): tuple(sorted(names_in(c) & set(self._kept))) for c in self._calls}
        self._plain = next((c for c in self._calls if not c.keeps and not self._needs[id(c)]), None)
        self._draws = {id(c): draws(c.draw) for c in self._calls}
        self._rows = rows
        self._takes_row = {id(c): takes_row(c, rows) for c in self._calls}
        self._checks = {id(c): checks_of(c) for c in self._calls}
        self._headers = {id(c): constant_headers(c) for c in self._calls}

    def __repr__(self) -> str:
        """Show how many values wait under each name."""
        waiting = " ".join(f"{name}={len(values)}" for name, values in self._kept.items())
        return f"<TrafficMix of {len(self._calls)} calls, kept: {waiting or 'nothing'}>"

    def pick(self, draw: random.Random) -> PlannedCall:
        """Return a call by weight."""
        return draw.choices(self._calls, self._weights)[0]

    def order(self, call: PlannedCall, draw: random.Random) -> PreparedRequest:
        """Return the request for a call, or for the one that must come first.

        Raises RowsUsedUpError where it needs a row of the data and none is left.
        """
        call = self._instead(call)
        row = self._rows.next() if self._rows and self._takes_row[id(call)] else None
        self._coming.update(call.keeps.keys())
        lent = tuple((name, self._kept[name].popleft()) for name in self._needs[id(call)])
        values: dict[str, object] = {name: drawing(draw) for name, drawing in self._draws[id(call)]}
        if row:
            values |= row
        values |= dict(lent)
        headers, checks = self._headers[id(call)], self._checks[id(call)]
        return prepared(call, values, headers, lent, checks)

    def settle(
        self,
        order: PreparedRequest,
        *,
        status: int | None,
        body: bytes = b"",
        headers: Mapping[bytes, bytes] = _NO_HEADERS,
    ) -> None:
        """Take back what was lent and keep what the answer brings.

        `status` is None when no answer came: the call may have happened, so what it took counts as
        gone. Raises LookupError when a good answer lacks what it should bring. `headers` are what a
        session may keep of, and not looked at here.
        """
        _ = headers
        self._coming.subtract(order.call.keeps.keys())
        good = status in order.call.status
        for name, value in order.lent:
            taken = name == order.call.takes and (good or status is None)
            if not taken and status not in GONE:
                self._kept[name].append(value)
        if good and order.call.keeps:
            answer = parsed(body)
            for name, pointer in order.call.keeps.items():
                self._kept[name].append(pointed_at(answer, pointer))

    def give_back(self, order: PreparedRequest) -> None:
        """Take back all that was lent to a request that never left."""
        self._coming.subtract(order.call.keeps.keys())
        for name, value in order.lent:
            self._kept[name].append(value)

    def leftovers(self, draw: random.Random) -> Iterator[PreparedRequest]:
        """Yield the orders that take what is still kept, so that nothing stays behind."""
        for name, call in self._taker.items():
            for _ in range(len(self._kept[name])):
                if self._possible(call):
                    yield self.order(call, draw)

    def _instead(self, call: PlannedCall) -> PlannedCall:
        for _ in self._calls:
            if self._possible(call):
                break
            call = self._keeper[next(n for n in self._needs[id(call)] if not self._kept[n])]
        full = [name for name in call.keeps if name in self._taker and self._is_full(name)]
        if not full:
            return call
        takers = (self._taker[name] for name in full)
        return next(filter(self._possible, takers), self._plain or call)

    def _is_full(self, name: str) -> bool:
        return len(self._kept[name]) + self._coming[name] >= MOST_KEPT

    def _possible(self, call: PlannedCall) -> bool:
        return all(self._kept[name] for name in self._needs[id(call)])


def names_in(call: PlannedCall) -> set[str]:
    """Return the names in braces of a call: of request, headers, body and what it expects."""
    asked = (*_strings(call.body), *_strings(call.expect))
    texts = (call.request, *call.headers.values(), *asked)
    return set().union(*map(_NAME.findall, texts)) - {""}


def takes_row(call: PlannedCall, rows: RowSupply | None) -> bool:
    """Tell whether a call has a column of the data in it."""
    return rows is not None and bool(names_in(call) & set(rows.columns))


def prepared(
    call: PlannedCall,
    values: Mapping[str, object],
    headers: str | None = None,
    lent: tuple[tuple[str, object], ...] = (),
    checks: AnswerChecks | None = None,
) -> PreparedRequest:
    """Return a call's request with values in their places; `headers` where they are known."""
    method, _, target = call.request.partition(" ")
    body = b"" if call.body is None else msgspec.json.encode(_filled(call.body, values))
    return PreparedRequest(
        call=call,
        method=method,
        target=_url(target, values),
        headers=_header_lines(call, values) if headers is None else headers,
        body=body,
        lent=lent,
        complaint=checks.with_values(values) if checks else None,
    )


def checks_of(call: PlannedCall) -> AnswerChecks | None:
    """Return what a call's answers are held to; None where their status is all."""
    asked = call.expect or call.expect_schema is not None
    return AnswerChecks(call, _filled) if asked else None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


def _url(template: str, values: Mapping[str, object]) -> str:
    return _put(template, values, lambda value: quote(value, safe=""))


def _filled(value: object, values: Mapping[str, object]) -> object:
    if isinstance(value, str):
        whole = _NAME.fullmatch(value)
        if whole and whole[1] in values:
            return values[whole[1]]
        return _put(value, values)
    if isinstance(value, Mapping):
        return {key: _filled(inner, values) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(inner, values) for inner in value]
    return value


def _put(template: str, values: Mapping[str, object], shown: Callable[[str], str] = str) -> str:
    """Return a text with each known name's value in its place, and doubled braces single."""
    if "{" not in template and "}" not in template:
        return template

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0][0]
        return shown(str(values[name])) if name in values else match[0]

    return _NAME.sub(value, template)


def constant_headers(call: PlannedCall) -> str | None:
    """Return a call's header lines where they are always the same; None where they are not."""
    varies = any(name for value in call.headers.values() for name in _NAME.findall(value))
    return None if varies else _header_lines(call, {})


def _header_lines(call: PlannedCall, values: Mapping[str, object]) -> str:
    filled = {name: _put(value, values, _in_one_line) for name, value in call.headers.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in filled.items())


def _in_one_line(text: str) -> str:
    """Return what a header can hold of a value (Latin-1, as HTTP/1.1 sends it)."""
    return text.translate(_LINE_ENDS).encode("latin-1", "replace").decode("latin-1")
