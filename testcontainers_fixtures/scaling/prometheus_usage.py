"""Asks Prometheus what parts have used of the CPU: by one instant query, a series a part.

    GET /api/v1/query?query=...
    {"status": "success", "data": {"resultType": "vector", "result": [
        {"metric": {"container": "resolver"}, "value": [1435781451.781, "12.5"]}, ...]}}

Source: prometheus.io/docs/prometheus/latest/querying/api
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.errors import NoAnswerError, SpecError, StackError
from testcontainers_fixtures.http_client.http_exchange import HttpReply, exchange
from testcontainers_fixtures.output.redaction import noted_in, without_passwords
from testcontainers_fixtures.secret_values import with_secrets

SCHEME: Final = "prometheus"
EVERY_S: Final = 0.5
ANSWER_WITHIN_S: Final = 5.0
_OK: Final = 200


class _Series(Struct, frozen=True):
    metric: dict[str, str]
    value: tuple[float, str]

    def __post_init__(self) -> None:
        """Refuse what is no number."""
        float(self.value[1])

    @property
    def cpu_s(self) -> float:
        return float(self.value[1])


class _Data(Struct, frozen=True, rename="camel"):
    result_type: str
    result: msgspec.Raw


class _Answer(Struct, frozen=True):
    status: str
    data: _Data | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusUsage:
    """Asks once for all parts; `parts` are their names by what the label's value may be."""

    url: str
    query: str
    parts: Mapping[str, str]

    @classmethod
    def of(cls, usage: str, parts: Mapping[str, str]) -> "PrometheusUsage":
        """Return what a stack file's `usage` names; raise SpecError for a secret that is not set.

        Its query is PromQL as it stands, not escaped.
        """
        url, _, query = usage.removeprefix(f"{SCHEME}:").partition("?query=")
        known = noted_in(with_secrets(url, "usage of [attach]"))
        return cls(url=known.rstrip("/"), query=query, parts=parts)

    @property
    def where(self) -> str:
        """Return who is asked, without a password."""
        return f"Prometheus at {without_passwords(self.url)}"

    def __call__(self) -> dict[str, Usage]:
        """Return the CPU seconds so far of each part that a series is of.

        Raises StackError without an answer, SpecError for one that is no counter by part.
        """
        told: dict[str, Usage] = {}
        for label, cpu_s in self._values():
            part = self.parts.get(label)
            if part in told:
                raise SpecError(
                    f"Expected one series of part {part!r} from the query (usage of [attach]); seen"
                    f" two, one of them called {label!r}. Leave one out of it."
                )
            if part and math.isfinite(cpu_s):
                told[part] = Usage(cpu_s=cpu_s, memory_bytes=None, throttled_s=None)
        return told

    def _values(self) -> Iterator[tuple[str, float]]:
        answer = self._answered()
        data = answer.data
        if data is None or data.result_type != "vector":
            seen = data.result_type if data else answer.error or answer.status
            raise SpecError(
                f"Expected {self.where} to answer the query with a vector; seen: {seen}."
            )
        for one in self._understood(data):
            if len(one.metric) != 1:
                seen = ", ".join(one.metric) or "none"
                raise SpecError(
                    f"Expected one label at each series of the query, whose value is a part's name"
                    f" (usage of [attach]); seen: {seen}. Write it as `sum by (container) (...)`."
                )
            yield next(iter(one.metric.values())), one.cpu_s

    def _understood(self, data: _Data) -> list[_Series]:
        try:
            return msgspec.json.decode(data.result, type=list[_Series])
        except msgspec.DecodeError as error:
            raise StackError(
                f"Expected {self.where} to answer the query with series of one number each (usage "
                f"of [attach]); seen: {error}."
            ) from error

    def _answered(self) -> _Answer:
        target = f"/api/v1/query?query={quote(self.query, safe='')}"
        try:
            reply = exchange(self.url, "GET", target, within_s=ANSWER_WITHIN_S)
            return msgspec.json.decode(reply.body, type=_Answer)
        except NoAnswerError as error:
            seen = str(error)
        except msgspec.DecodeError:
            seen = _status(reply)
        raise StackError(
            f"Expected an answer in JSON from {self.where} (usage of [attach]); seen: {seen}. "
            f"Correct its address, or leave usage out."
        )


def _status(reply: HttpReply) -> str:
    """Return what came in place of an answer, and of a login that is missing what it is."""
    return f"{reply.status} {reply.reason}" if reply.status != _OK else "no such JSON"


def is_prometheus(usage: str) -> bool:
    """Tell whether a stack file's `usage` is a Prometheus."""
    return usage.startswith(f"{SCHEME}:")
