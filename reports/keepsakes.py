"""What is kept of a failure to see it again: a curl line, and a pytest file that sends it anew."""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from reports.failures import Body, Failure, Request

FOLDER: Final = "failures"
MOST_CURL_CHARACTERS: Final = 4_000
_MOST_NAME: Final = 80
# A header whose value is a variable in a secret's place, as the contract suite shows it.
_SECRET: Final = re.compile(r"[A-Za-z0-9-]+: \$TOKEN(_[0-9]+)?")
# A drift on paper shows in that the two sides answer otherwise.
_SHOWN_BY: Final = {"paper": "answers_as_its_twin"}

_TEST: Final = '''"""A failure that a contract run found; it passes once that is mended.

Run it from where the project's conftest.py is: `python -m pytest FILE`, with `--gateway URL` and
`--twin NAME=URL` for a system that is already up. Elsewhere: `-p testcontainers_fixtures.plugin`.
"""

import pytest

from contract_tests.replay import Kept, again
from reports.failures import Request, body
from testcontainers_fixtures.stack import Stack

SAID = {sentence}
KEPT = Kept(
    service={service!r},
    operation={operation!r},
    check={check!r},
    data={data!r},
    requests=(
{requests}
    ),
    status={status},
    answer={answer!r},
)


@pytest.mark.timeout(180)
def test_{name}(stack: Stack) -> None:
    assert again(stack, KEPT) == (), SAID
'''


def curl(request: Request) -> str:
    """Return a request as a command line, for a shell in which GATEWAY is the gateway's URL."""
    words = ["curl", "-i", "--path-as-is", "-X", request.method]
    sent = {name.lower() for name in request.headers}
    # What curl would add by itself and was not sent is taken away.
    unsent = [name for name in ("Accept", "Content-Type") if name.lower() not in sent]
    lines = [f"{name}: {value}" if value else f"{name};" for name, value in request.headers.items()]
    for line in (*lines, *(f"{name}:" for name in unsent)):
        words += ["-H", _header(line)]
    first, data = _data(request.body)
    line = " ".join([*words, *data, f'"$GATEWAY"{shlex.quote(request.target)}'])
    if len(first + line) > MOST_CURL_CHARACTERS:
        return "# The request is too long for a line: the pytest file holds it."
    return first + line


def _header(line: str) -> str:
    """Return a header as a word of a shell, which puts a secret in by the name that stands for it.

    Nothing else in it is more than a letter to the shell.
    """
    return f'"{line}"' if _SECRET.fullmatch(line) else shlex.quote(line)


def _data(body: Body | None) -> tuple[str, list[str]]:
    if body is None:
        return "", []
    if body.encoding == "base64":
        return f"echo {body.text} | base64 -d | ", ["--data-binary", "@-"]
    if "\0" in body.text:  # no argument of a command can hold it
        octal = "".join(f"\\{one:03o}" for one in body.content)
        return f"printf '{octal}' | ", ["--data-binary", "@-"]
    return "", ["--data-raw", shlex.quote(body.text)]


def pytest_file(failure: Failure) -> str:
    """Return a pytest file that sends the failure's requests again; "" where there is none."""
    if failure.request is None or failure.gateway is None:
        return ""
    requests = (*failure.before, failure.request)
    if any(one.body and one.body.size > len(one.body.content) for one in requests):
        return ""
    return _TEST.format(
        sentence=ascii(failure.sentence),
        service=failure.service,
        operation=failure.operation,
        check=_SHOWN_BY.get(failure.method, failure.check),
        data=failure.data,
        requests="\n".join(_literal(one) for one in requests),
        status=failure.gateway.status,
        answer=failure.gateway.body.content,
        name=_name(failure),
    )


def written(failures: Iterable[Failure], folder: Path) -> tuple[Failure, ...]:
    """Write each failure's pytest file into the run's folder; return them with its name."""
    return tuple(_written(one, folder, number) for number, one in enumerate(failures, 1))


def _written(failure: Failure, folder: Path, number: int) -> Failure:
    text = pytest_file(failure)
    if not text:
        return failure
    name = f"{FOLDER}/test_{number:02d}_{_name(failure)}.py"
    (folder / FOLDER).mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return replace(failure, file=name)


def _name(failure: Failure) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", " ".join(failure.identity).lower()).strip("_")
    return words[:_MOST_NAME].rstrip("_")


def _literal(request: Request) -> str:
    parts = [f"method={request.method!r}", f"target={request.target!r}"]
    parts += [f"headers={request.headers!r}"] if request.headers else []
    parts += [f"body=body({request.body.content!r})"] if request.body else []
    return f"        Request({', '.join(parts)}),"
