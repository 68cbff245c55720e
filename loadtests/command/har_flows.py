"""Writes a flow out of a recording: its requests as steps, with what they took from answers kept.

A value of a request that an earlier answer brought is taken from that answer: an id in a path, a
query or a body, and a cookie. No secret is written down: a login becomes a draft of [login], and a
header that lets somebody in comes from the environment.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote

from loadtests.command.answer_values import AnswerValues, names_a_row, without_rows
from loadtests.command.har_recording import Exchange, HarRecording
from loadtests.command.openapi_scenarios import USUAL_STATUS, WrittenScenario
from loadtests.command.schema_templates import placeholder

# What a client says of itself, of its connection and of what it has stored.
_OF_THE_CLIENT: Final = re.compile(
    r"(:.*|sec-.*|accept-(encoding|language)|(proxy-)?connection|content-length|host|user-agent"
    r"|origin|referer|dnt|priority|te|upgrade.*|pragma|cache-control|if-.*|keep-alive|cookie"
    r"|traceparent|tracestate|x-requested-with)"
)
_LETS_IN: Final = re.compile(r"authorization|.*(api[-_]?key|token|secret).*")
_SECRET: Final = re.compile(r".*(passw|secret|pin$|otp|credential).*", re.IGNORECASE)
_JSON: Final = "application/json"
_LEAST_THINK_S: Final = 0.1


@dataclass(slots=True)
class FlowWriter:
    """Makes a flow of a recording."""

    recording: HarRecording
    steps: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _brought: AnswerValues = field(default_factory=AnswerValues)
    _cookies: dict[str, int] = field(default_factory=dict)
    _tokens: dict[str, tuple[Exchange, str]] = field(default_factory=dict)
    _named: dict[tuple[int, str], str] = field(default_factory=dict)

    def write(self) -> WrittenScenario:
        """Return the flow's steps, and what was left out."""
        before_s = None
        self.left_out += self.recording.left_out
        for one in self.recording.exchanges:
            self._tokens |= dict(_tokens(one))
            if _has_secret(one.sent):
                self.left_out.append(f"{one.label}: it logs in, see [login]")
                continue
            self._add(one, before_s)
            before_s = one.ended_s
        return WrittenScenario(
            calls=tuple(self.steps), left_out=tuple(dict.fromkeys(self.left_out)), key="flow"
        )

    def _add(self, one: Exchange, before_s: float | None) -> None:
        step: dict[str, Any] = {"name": self._name(one), "request": self._request(one)}
        if headers := self._headers(one):
            step["headers"] = headers
        if one.sent is not None:
            step["body"] = self._body(one.sent, "")
        if one.status not in USUAL_STATUS:
            step["status"] = [one.status]
        if before_s is not None and (think_s := round(one.begun_s - before_s, 1)) >= _LEAST_THINK_S:
            step["think_s"] = think_s
        self.steps.append(step)
        self._note(one)

    def _name(self, one: Exchange) -> str:
        used = {step["name"] for step in self.steps}
        path = "/".join(without_rows(part) for part in one.target.partition("?")[0].split("/"))
        name = f"{one.method} {path}"
        return next(n for n in _numbered(name) if n not in used)

    def _request(self, one: Exchange) -> str:
        path, _, query = one.target.partition("?")
        parts = path.split("/")
        made = [self._taken(unquote(part), at) or _literal(part) for at, part in _beside(parts)]
        pairs = [(n, self._taken(v, n) or _literal(quote(v))) for n, v in parse_qsl(query, True)]  # noqa: FBT003 -- blank ones too
        told = "&".join(f"{_literal(quote(name))}={value}" for name, value in pairs)
        return f"{one.method} {'/'.join(made)}{'?' + told if told else ''}"

    def _headers(self, one: Exchange) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in one.headers.items():
            if name == "content-type" and one.sent_kind == _JSON:
                continue
            if _LETS_IN.fullmatch(name):
                found |= self._entry(name, value)
            elif not _OF_THE_CLIENT.fullmatch(name) and value != "*/*":
                found[name] = _literal(value)
        return found | self._cookie(one)

    def _entry(self, name: str, value: str) -> dict[str, str]:
        """Return a header that lets somebody in: nothing where a login of the recording gave it."""
        for token, (login, pointer) in self._tokens.items():
            if token in value:
                header = f'{{ {name} = "{value.replace(token, "{token}")}" }}'
                self.left_out.append(f"what {login.label} answered at {pointer}, sent as {header}")
                return {}
        return {name: f"{{secrets.{re.sub(r'[^A-Z0-9]', '_', name.upper())}}}"}

    def _cookie(self, one: Exchange) -> dict[str, str]:
        pairs = (p.strip().partition("=") for p in one.headers.get("cookie", "").split(";"))
        sent = [name for name, equals, _ in pairs if equals]
        known = [name for name in sent if name in self._cookies]
        unknown = ", ".join(name for name in sent if name not in self._cookies)
        if unknown:
            self.left_out.append(f"the cookies {unknown}: no answer of the recording set them")
        made = "; ".join(f"{n}={self._kept(self._cookies[n], f'cookie {n}', n)}" for n in known)
        return {"Cookie": made} if made else {}

    def _body(self, value: Any, key: str) -> Any:  # noqa: ANN401 -- any JSON
        if isinstance(value, dict):
            return {name: self._body(one, name) for name, one in value.items() if one is not None}
        if isinstance(value, list):
            return [self._body(one, key) for one in value]
        if isinstance(value, bool) or not isinstance(value, str | int):
            return value
        taken = self._taken(str(value), key) if names_a_row(key) else None
        return taken or (_literal(value) if isinstance(value, str) else value)

    def _taken(self, value: str, beside: str) -> str | None:
        """Return what stands for a value that an earlier answer brought; None for another."""
        source = self._brought.source_of(value, beside)
        return self._kept(source.step, source.pointer, source.name) if source else None

    def _kept(self, step: int, place: str, name: str) -> str:
        """Return a placeholder for what a step's answer has at a place, which it keeps from now."""
        if (step, place) not in self._named:
            used = set(self._named.values())
            wanted = placeholder(name)
            self._named[step, place] = next(
                n for n in (one.replace(" ", "_") for one in _numbered(wanted)) if n not in used
            )
            self.steps[step].setdefault("keeps", {})[self._named[step, place]] = place
        return f"{{{self._named[step, place]}}}"

    def _note(self, one: Exchange) -> None:
        """Note what an answer brings that later requests may take."""
        step = len(self.steps) - 1
        self._cookies |= dict.fromkeys(one.cookies, step)
        self._brought.note(step, one)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name} {number}"
        number += 1


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _beside(parts: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each segment of a path behind the one before it, which says what it names."""
    yield from zip(["", *parts[:-1]], parts, strict=True)


def _tokens(one: Exchange) -> Iterator[tuple[str, tuple[Exchange, str]]]:
    """Yield the tokens that an answer hands out, each with the exchange and where it stands."""
    answered = one.answered if isinstance(one.answered, Mapping) else {}
    for key, value in answered.items():
        if "token" in key.lower() and isinstance(value, str) and value:
            yield value, (one, f"/{key}")


def _has_secret(sent: Any) -> bool:  # noqa: ANN401 -- any JSON
    return isinstance(sent, Mapping) and any(_SECRET.fullmatch(key) for key in sent)
