"""Fills in the variables of a compose file: `${NAME:-default}` and its kin."""

import io
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from dotenv.parser import parse_stream

from testcontainers_fixtures.compose_file.overrides import Tagged
from testcontainers_fixtures.output.redaction import noted_in_settings

Unset = Callable[[str], None]  # hears the name of a variable that is filled in with nothing
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE: Final = re.compile(
    rf"\$(?:(?P<dollar>\$)|(?P<plain>{_NAME})|\{{(?P<name>{_NAME})(?P<form>:?[-?+])?|(?P<wrong>\{{))"
)


def interpolated(node: Any, variables: Mapping[str, str], unset: Unset) -> Any:  # noqa: ANN401 -- YAML
    """Return a document's node with the variables in its texts filled in; names stay as they are.

    Raises ValueError, with a sentence, for a form that there is not and for `${NAME:?message}` of
    one that is not set.
    """
    if isinstance(node, Tagged):
        return Tagged(tag=node.tag, value=interpolated(node.value, variables, unset))
    if isinstance(node, dict):
        return {key: interpolated(one, variables, unset) for key, one in node.items()}
    if isinstance(node, list):
        return [interpolated(one, variables, unset) for one in node]
    return _filled(node, variables, unset) if isinstance(node, str) else node


def environment(folder: Path) -> dict[str, str]:
    """Return what variables stand for: those of the environment, before those of `.env`."""
    file = folder / ".env"
    return {**(read_env_file(file, os.environ) if file.is_file() else {}), **os.environ}


def read_env_file(file: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return a file's variables, each of which may name those before it, and those given.

    What stands in single quotes is as it stands; a name without a value is taken from those given.
    Raises ValueError for a line that is none.
    """
    found: dict[str, str] = {}
    for line in parse_stream(io.StringIO(file.read_text(encoding="utf-8"))):
        if line.error:
            said = line.original
            raise ValueError(
                f"line {said.line} of {file} is no NAME=VALUE: {said.string.strip()!r}"
            )
        if line.key is None:
            continue
        known = {**found, **variables}
        if line.value is None:
            found |= {line.key: known[line.key]} if line.key in known else {}
        else:
            literal = line.original.string.partition("=")[2].lstrip().startswith("'")
            found[line.key] = line.value if literal else _filled(line.value, known, lambda _: None)
    return found


def _filled(text: str, variables: Mapping[str, str], unset: Unset) -> str:
    made, at = "", 0
    while found := _VARIABLE.search(text, at):
        made += text[at : found.start()]
        value, at = _value(text, found, variables, unset)
        made += value
    return made + text[at:]


def _value(
    text: str, found: re.Match[str], variables: Mapping[str, str], unset: Unset
) -> tuple[str, int]:
    """Return what stands for a variable, and where the text goes on behind it."""
    if found["dollar"]:
        return "$", found.end()
    if found["plain"]:
        return _known(found["plain"], variables, unset), found.end()
    end = _closing(text, found.end()) if found["name"] else -1
    if end < 0 or (not found["form"] and end > found.end()):
        raise ValueError(
            f"{text[found.start() :]!r} is no variable: write ${{NAME}}, ${{NAME:-default}}, or $$"
            " for the sign itself"
        )
    name, form, other = found["name"], found["form"] or "", text[found.end() : end]
    return _chosen(name, form, other, variables, unset), end + 1


def _chosen(name: str, form: str, other: str, variables: Mapping[str, str], unset: Unset) -> str:
    value = variables.get(name)
    there = value is not None and (bool(value) or ":" not in form)
    match form.lstrip(":"):
        case "+":
            return _filled(other, variables, unset) if there else ""
        case "-" if not there:
            return _filled(other, variables, unset)
        case "?" if not there:
            why = _filled(other, variables, unset) or "it must be set"
            raise ValueError(f"the variable {name} is not set ({why})")
        case "":
            return _known(name, variables, unset)
        case _:
            return _noted(name, value or "")


def _known(name: str, variables: Mapping[str, str], unset: Unset) -> str:
    if name not in variables:
        unset(name)
    return _noted(name, variables.get(name, ""))


def _noted(name: str, value: str) -> str:
    return noted_in_settings({name: value})[name]


def _closing(text: str, at: int) -> int:
    """Return where the brace that is open at a place is closed; below 0 where it is not."""
    depth = 1
    for place in range(at, len(text)):
        opens = text[place] == "{" and text[place - 1] == "$"
        depth += 1 if opens else -1 if text[place] == "}" else 0
        if depth == 0:
            return place
    return -1
