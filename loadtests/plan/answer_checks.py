"""What a good answer is held to beside its status: values at places, and a JSON Schema.

A complaint names the place and what the call says of it, never what came: so equal failures have
equal reasons, and nothing of an answer stands in a record.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import jsonschema_rs
import msgspec

from loadtests.plan.answer_places import parsed, value_at
from loadtests.plan.plan import PlannedCall

# Checks may take so much of a load process's CPU time; what is beyond that is left unchecked.
MOST_CPU_SHARE: Final = 0.05
_AT_FIRST_S: Final = 0.05
_PLACES_SHOWN: Final = 5

Fill = Callable[[object, Mapping[str, object]], object]
Complaint = Callable[..., str | None]


class AnswerChecks:
    """The checks of one call; `fill` puts values into the templates of what is expected."""

    def __init__(self, call: PlannedCall, fill: Fill) -> None:
        self._expect = tuple(call.expect.items())
        self._fill = fill
        schema = call.expect_schema
        self._validator = None if schema is None else validator(schema)

    def with_values(self, values: Mapping[str, object]) -> Complaint:
        """Return what says what is wrong with an answer to the call with these values."""
        return partial(self._complaint, values)

    def _complaint(
        self,
        values: Mapping[str, object],
        *,
        status: int,
        body: bytes,
        headers: Mapping[bytes, bytes],
    ) -> str | None:
        for place, expected in self._expect:
            try:
                seen = value_at(place, status=status, body=body, headers=headers)
            except LookupError as error:
                return str(error)
            if not _alike(seen, self._fill(expected, values), expected):
                return f"{place} is not {_shown(expected)}"
        return None if self._validator is None else _misfit(self._validator, body)


class CheckBudget:
    """Says whether another answer may be checked, and keeps account of what checking took."""

    def __init__(self) -> None:
        self._begun_s = time.process_time()
        self._spent_s = 0.0

    def __repr__(self) -> str:
        """Show what was spent."""
        return f"<CheckBudget {self._spent_s:.3f} s spent>"

    @property
    def allows(self) -> bool:
        """Tell whether checks have taken at most their share of the CPU time so far."""
        whole_s = _AT_FIRST_S + time.process_time() - self._begun_s
        return self._spent_s <= MOST_CPU_SHARE * whole_s

    def spend(self, check: Callable[[], str | None]) -> str | None:
        """Return what a check says."""
        begun_s = time.thread_time()
        try:
            return check()
        finally:
            self._spent_s += time.thread_time() - begun_s


def validator(schema: Any) -> Any:  # noqa: ANN401 -- JSON; the library has a class for each draft
    """Return what validates against a schema; raise ValueError for a schema that is none.

    Nothing is fetched for it: a reference leads to a place in the schema itself.
    """
    try:
        return jsonschema_rs.validator_for(schema, retriever=_nothing)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        raise ValueError(str(error).partition("\n")[0]) from error


def _misfit(validator: Any, body: bytes) -> str | None:  # noqa: ANN401 -- see above
    try:
        validator.validate(parsed(body))
    except LookupError as error:
        return str(error)
    except jsonschema_rs.ValidationError as error:
        at = "/".join(map(str, error.schema_path[:_PLACES_SHOWN]))
        return f"the answer does not fit its schema at /{at}"
    return None


def _nothing(uri: str) -> Any:  # noqa: ANN401 -- what the library wants: JSON
    raise ValueError(f"{uri} lies elsewhere, and nothing is fetched for a schema")


def _alike(seen: object, expected: object, template: object) -> bool:
    """Tell whether two values are equal; of a template the text is enough, as of a CSV file's 7."""
    if isinstance(seen, bool) is isinstance(expected, bool) and seen == expected:
        return True
    return expected != template and isinstance(expected, str) and _text(seen) == expected


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _shown(expected: object) -> str:
    return expected if isinstance(expected, str) else msgspec.json.encode(expected).decode()
