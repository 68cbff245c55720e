"""Says what is wrong with a stack file: the line, the key, and what was probably meant."""

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import msgspec
from msgspec import Struct, structs

from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.stack_file.nearest import meant
from testcontainers_fixtures.stack_file.toml_lines import Where, line_of

_PATH: Final = re.compile(r" - at `[^`]*`$")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`")


def what_is_wrong(text: str, data: Mapping[str, Any], kind: type[Struct]) -> str:
    """Return what is wrong with a file's data, with its line and its key; no full stop.

    The first thing that is wrong, as deep down as it can be told apart from the rest.
    """
    where, wanted, error = _culprit((), data, kind, _error_of(data, kind))
    sentence = _PATH.sub("", str(error))
    if isinstance(error.__cause__, KeyedError):
        where = (*where, *error.__cause__.where)
    if unknown := _UNKNOWN.fullmatch(sentence):
        where, sentence = (*where, unknown[1]), _unknown(unknown[1], wanted)
    line = line_of(text, where)
    key = ".".join(str(step + 1) if isinstance(step, int) else step for step in where)
    place = ", ".join(one for one in (f"line {line}" if line else "", key) if one)
    return f"{place}: {sentence}" if place else sentence


def _unknown(key: str, kind: Any) -> str:  # noqa: ANN401 -- a type, as annotations have them
    [struct] = _structs(kind)
    known = [field.encode_name for field in structs.fields(struct)]
    return f"unknown field `{key}`{meant(key, known)}; known are: {', '.join(known)}"


def _culprit(
    where: Where,
    value: Any,  # noqa: ANN401 -- anything that TOML can say
    kind: Any,  # noqa: ANN401 -- a type, as annotations have them
    error: Exception,
) -> tuple[Where, Any, Exception]:
    """Return the deepest place that is wrong by itself: where, of which type, and why."""
    for step, part, wanted in _below(value, kind):
        if (deeper := _error(part, wanted)) is not None:
            return _culprit((*where, step), part, wanted, deeper)
    return where, kind, error


def _below(value: object, kind: Any) -> Iterator[tuple[str | int, object, Any]]:  # noqa: ANN401 -- see above
    """Yield what is in a value, as far as its type says what each must be."""
    kind = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if isinstance(value, dict):
        for struct in _structs(kind):
            fields = {field.encode_name: field.type for field in structs.fields(struct)}
            yield from ((key, one, fields[key]) for key, one in value.items() if key in fields)
        if get_origin(kind) is dict:
            yield from ((key, one, get_args(kind)[1]) for key, one in value.items())
    if isinstance(value, list) and get_origin(kind) is tuple:
        # Of whichever length; where each place has a type of its own, the whole is wrong.
        each, *more = get_args(kind)
        if more == [...]:
            yield from ((at, one, each) for at, one in enumerate(value))


def _structs(kind: Any) -> list[type[Struct]]:  # noqa: ANN401 -- see above
    options = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    return [one for one in options if isinstance(one, type) and issubclass(one, Struct)]


def _error_of(value: object, kind: Any) -> Exception:  # noqa: ANN401 -- see above
    return _error(value, kind) or ValueError("it cannot be used")


def _error(value: object, kind: Any) -> Exception | None:  # noqa: ANN401 -- see above
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return error
    return None
