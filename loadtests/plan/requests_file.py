"""The calls that a target is asked: from the command line, or from a small TOML file.

The file has the calls of a stack file's scenario, with all that they can do:

    [[calls]]
    name = "read"
    request = "GET /rows/{row}"
    draw = { row = [1, 100] }
    weight = 3

`data = "rows.csv"` above them gives {braces} the columns of a file.
Or it has a flow: [[flow]] for each step of a session.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from loadtests.plan.data_rows import DataRows, read_rows
from loadtests.plan.plan import PlannedCall
from loadtests.plan.scenarios import calls_of
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.logins import with_its_secrets
from testcontainers_fixtures.output.redaction import noted_in_query, without_passwords
from testcontainers_fixtures.stack_file.flow_spec import FlowStep, refuse_contradictions
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_file.scenario_spec import Call, RowOrder, Scenario
from testcontainers_fixtures.stack_file.toml_files import struct_in

TARGET: Final = "target"
Kind = TypeVar("Kind", bound=Struct)
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


class RequestsFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A requests file: calls or the steps of a flow, with the fields of a stack file's.

    `data` is a file beside this one.
    """

    calls: Annotated[tuple[Call, ...], Meta(min_length=1)] = ()
    flow: Annotated[tuple[FlowStep, ...], Meta(min_length=1)] = ()
    data: str = ""
    data_order: RowOrder = "in order"

    def __post_init__(self) -> None:
        """Refuse steps at odds with each other."""
        refuse_contradictions(self.flow)


def calls_for(
    requests: Sequence[str], file: Path | None, headers: Mapping[str, str] | None = None
) -> tuple[PlannedCall, ...]:
    """Return the calls of the command line and of the file, each with its weight and headers.

    Raises SpecError, in one sentence, when there is none or one cannot be understood.
    """
    read = _converted(file, "Requests file", RequestsFile) if file else RequestsFile()
    written = [*map(_request, requests), *read.calls]
    if written and read.flow:
        raise SpecError(
            f"The flow in {file} is all of a session's requests; leave out --request, and `calls`."
        )
    if not written and not read.flow:
        raise SpecError(
            "--target needs something to ask: give --request 'GET /path', --requests FILE or "
            "--users FILE."
        )
    try:
        scenario = Scenario(description=TARGET, calls=tuple(written), flow=read.flow)
    except ValueError as error:
        raise SpecError(f"The target's requests are not usable: {error}.") from error
    folder = file.parent if file else Path()
    return calls_of(TARGET, scenario, headers, data_of(file), folder)


def data_of(file: Path | None) -> DataRows | None:
    """Return the rows of a requests file's data; raise SpecError for what cannot be used."""
    read = _converted(file, "Requests file", RequestsFile) if file else RequestsFile()
    return read_rows(file.parent / read.data, read.data_order) if file and read.data else None


def headers_of(lines: Sequence[str]) -> dict[str, str]:
    """Return the headers of `--header` lines; raise SpecError for what is none."""
    found = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _HEADER_NAME.fullmatch(name.strip()):
            raise SpecError(
                f"--header takes a line such as 'X-Key: {{secrets.KEY}}', where KEY is an "
                f"environment variable; got {without_passwords(name)!r}."
            )
        found[name.strip()] = value.strip()
    return found


def login_of(file: Path | None, login: Login | None) -> Login | None:
    """Return the login of a file, else the one that is given, with the secrets in their places.

    Raises SpecError, in one sentence, for a file that cannot be used or a secret that is not set.
    """
    if file is not None:
        login = _converted(file, "Login file", Login)
    return with_its_secrets(login) if login else None


def _request(line: str) -> Call:
    try:
        name = without_passwords(noted_in_query(line))
        return msgspec.convert({"name": name, "request": line}, Call)
    except msgspec.ValidationError as error:
        raise SpecError(
            f"--request takes a method and a path, such as 'GET /rows?limit=2'; got "
            f"{without_passwords(line)!r}."
        ) from error


def _converted(file: Path, what: str, kind: type[Kind]) -> Kind:
    gone = ", but: No such file or directory"
    return struct_in(file, kind, what=what, expected=f"a {what.lower()}", gone=gone)
