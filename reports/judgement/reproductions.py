"""What is kept of a failure to see it again: a curl line, and a pytest file that sends it anew."""

import base64
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from reports.record.failures import Body, Failure, RecordedRequest

FOLDER: Final = "failures"
MOST_CURL_CHARACTERS: Final = 4_000
_MOST_NAME: Final = 80
_TOO_LONG: Final = "# The request is too long for a line: the pytest file holds it."
_AT: Final = '"$GATEWAY"'
# A method and a header's name (RFC 9110, 5.6.2), neither of which curl takes for a file's; a path
# and query as they stand in a request line, of which curl would keep the fragment; a value (5.5).
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET: Final = re.compile(r"/[!\"$-~]*")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# A header whose value is a variable in a secret's place, as the contract suite shows it.
_SECRET: Final = re.compile(r"[A-Za-z0-9-]+: \$TOKEN(_[0-9]+)?")
# A drift on paper shows in that the two sides answer otherwise.
_SHOWN_BY: Final = {"paper": "answers_as_its_twin"}

_TEST: Final = '''"""A failure that a contract run found; it passes once that is mended.

Run it from where the project's conftest.py is: `python -m pytest FILE`, with `--gateway URL` and
`--twin NAME=URL` for a system that is already up. Elsewhere: `-p testcontainers_fixtures.plugin`.
"""

import pytest

from contract_tests.recording.replay import FailureCase, again
from reports.record.failures import RecordedRequest, body
from testcontainers_fixtures.stack import Stack

SAID = {sentence}
CASE = FailureCase(
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
    assert again(stack, CASE) == (), SAID
'''


def curl(request: RecordedRequest, gateway: str = "") -> str:
    """Return a recorded request as a line for a shell; without `gateway`, GATEWAY is its URL.

    Nothing but the request is in it, and a shell runs nothing but curl. Of what curl cannot send as
    it stands, and of what no client can have sent, there is a remark and no line.
    """
    if (why := _unsendable(request)) is not None:
        return f"# {why}: the pytest file holds it."
    place = shlex.quote(gateway + request.target) if gateway else _AT + shlex.quote(request.target)
    first, data = _data(request.body)
    words = [*_method(request), "-g", "-i", "--path-as-is", *_headers(request.headers), *data]
    line = first + " ".join(["curl", *words, place])
    return line if len(line) <= MOST_CURL_CHARACTERS else _TOO_LONG


def _unsendable(request: RecordedRequest) -> str | None:
    headers = request.headers.items()
    if not _TOKEN.fullmatch(request.method):
        return "The method is no word of HTTP"
    if not _TARGET.fullmatch(request.target):
        return "The target is no path that curl sends as it stands"
    if not all(_TOKEN.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers):
        return "A header is none that curl sends as it stands"
    if request.body and request.body.size > len(request.body.content):
        return "The record holds the beginning of the body only"
    return None


def _method(request: RecordedRequest) -> list[str]:
    # Told the method alone, curl waits for the body that an answer to HEAD announces.
    headless = ["--head"] if request.method == "HEAD" and request.body is None else []
    return ["-X", shlex.quote(request.method), *headless]


def _headers(headers: dict[str, str]) -> list[str]:
    sent = {name.lower() for name in headers}
    # What curl would add by itself and was not sent is taken away.
    unsent = [name for name in ("Accept", "Content-Type") if name.lower() not in sent]
    lines = [f"{n}: {v}" if v.strip() else f"{n};" for n, v in headers.items()]
    words = [_header(line) for line in (*lines, *(f"{n}:" for n in unsent))]
    return [part for word in words for part in ("-H", word)]


def _word(content: bytes) -> str:
    """Return bytes as one word of a shell that prints as it is pasted; no line's end at its end."""
    text = content.decode(errors="replace")
    if text.isprintable() and text.encode() == content:
        return shlex.quote(text)
    return f"\"$(printf '{''.join(f'{chr(92)}{one:03o}' for one in content)}')\""


def _header(line: str) -> str:
    """Return a header as a word of a shell, which puts a secret in by the name that stands for it.

    Nothing else in it is more than a letter to the shell.
    """
    return f'"{line}"' if _SECRET.fullmatch(line) else _word(line.encode("latin-1"))


def _data(body: Body | None) -> tuple[str, list[str]]:
    if body is None:
        return "", []
    if body.encoding == "utf-8" and all(one.isprintable() or one == "\n" for one in body.text):
        # curl takes what follows --data-raw as it is, also where it begins with an @.
        return "", ["--data-raw", shlex.quote(body.text)]
    text = base64.b64encode(body.content).decode()
    return f"echo {shlex.quote(text)} | base64 -d | ", ["--data-binary", "@-"]


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


def _literal(request: RecordedRequest) -> str:
    parts = [f"method={request.method!r}", f"target={request.target!r}"]
    parts += [f"headers={request.headers!r}"] if request.headers else []
    parts += [f"body=body({request.body.content!r})"] if request.body else []
    return f"        RecordedRequest({', '.join(parts)}),"
