"""A curl line, run by a real shell, sends the recorded request and does nothing else whatever."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.hops.paired_client import SentRequest
from reports.judgement.reproductions import curl
from reports.record.failures import Body, RecordedRequest, body
from tests.integration.raw_server import RawServer, raw_server

SHELLS = ["bash", "sh"]
NASTY = 'it\'s $(touch hit) `touch hit` "x" \\ %s ; & | > hit # !! ü ~ {a,b} [1-9] *'


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give the folder in which lines are run, and see that nothing else is in it afterwards."""
    (tmp_path / "secret").write_text("of this machine", encoding="utf-8")
    yield tmp_path
    assert [one.name for one in tmp_path.iterdir()] == ["secret"]


def run(line: str, folder: Path, gateway: str, shell: str = "bash") -> str:
    done = subprocess.run(
        [shell, "-c", line],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "GATEWAY": gateway, "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=20,
        check=False,
    )
    return done.stdout.decode(errors="replace")


def heads(sent: bytes) -> dict[str, bytes]:
    """Return the headers of a request, the names in lower case."""
    lines = sent.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return {n.decode().lower(): v.strip() for n, _, v in (line.partition(b":") for line in lines)}


TARGETS = [
    "/a?b=1&c=2",
    "/a/../b/./c;d//e",
    "/?q='$(touch%20hit)'`touch`&!!",
    "/~*?[x]{a,b}[1-3]",
    "/%2e%2e/%00?a=%0d%0a",
    '/|<>^"\\',
    "//evil.invalid/x",
    "/@evil.invalid/x",
    "/-o/hit",
]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("target", TARGETS)
def test_the_target_arrives_as_it_was_sent(
    server: RawServer, folder: Path, target: str, shell: str
) -> None:
    run(curl(RecordedRequest(method="GET", target=target)), folder, f"{server.url}/base", shell)

    assert server.lines == [f"GET /base{target} HTTP/1.1"]


@pytest.mark.parametrize("method", ["DELETE", "QUERY", "`id`", "$HOME", "'", "-o", "x|y&z", "#"])
def test_the_method_arrives_as_it_was_sent(server: RawServer, folder: Path, method: str) -> None:
    run(curl(RecordedRequest(method=method, target="/x")), folder, server.url)

    assert server.lines == [f"{method} /x HTTP/1.1"]


def test_a_head_does_not_wait_for_a_body_that_never_comes(server: RawServer, folder: Path) -> None:
    said = run(curl(RecordedRequest(method="HEAD", target="/x")), folder, server.url)

    assert server.lines == ["HEAD /x HTTP/1.1"]
    assert "200 OK" in said


HEADERS = {
    "x-a": "'$(touch hit)'",
    "x-b": '`touch hit`; \\ "quoted" %s !!',
    "x-c": "@secret",
    "x-d": "",
    "x-e": "\u00e9\u6f22".encode().decode("latin-1"),
    "x-f": "caf\u00e9 \u009b31m",
    "x-g": "-o hit",
    "x-h": "a\tb",
    "`touch-hit`": "name",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_headers_arrive_as_they_were_sent(server: RawServer, folder: Path, shell: str) -> None:
    line = curl(RecordedRequest(method="GET", target="/", headers=HEADERS))
    run(line, folder, server.url, shell)

    arrived = heads(server.sent[0])
    assert {n: arrived[n].decode("latin-1") for n in HEADERS} == HEADERS
    assert "accept" not in arrived
    assert line.isprintable()


BODIES = [
    NASTY.encode(),
    f"{NASTY}\nlast\n".encode(),
    b"@secret",
    b"@/etc/passwd",
    b"",
    b"a=b&c=@secret;type=x",
    b"a\x00b%s\\n'\x01\n",
    b"\xff\xfe\x00' $HOME \\n",
    b"\x1b]0;title\x07\x1b[31m",
    "\u202emirrored\u2028".encode(),
    b"-o hit",
]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("content", BODIES, ids=repr)
def test_a_body_arrives_as_it_was_sent(
    server: RawServer, folder: Path, content: bytes, shell: str
) -> None:
    line = curl(RecordedRequest(method="PUT", target="/x", body=body(content)))
    run(line, folder, server.url, shell)

    assert server.sent[0].partition(b"\r\n\r\n")[2] == content
    assert all(letter.isprintable() or letter == "\n" for letter in line)


def test_a_line_of_a_story_names_the_gateway_and_sends_the_same(
    server: RawServer, folder: Path
) -> None:
    sent = SentRequest(
        method="POST", target="/x?[a]", headers={"X-A": "$(touch hit)"}, body=b"@secret\x00"
    )
    run(sent.curl(f"{server.url}/base"), folder, "nowhere")

    assert server.lines == ["POST /base/x?[a] HTTP/1.1"]
    assert server.sent[0].endswith(b"\r\n\r\n@secret\x00")
    assert heads(server.sent[0])["x-a"] == b"$(touch hit)"


FORGED = {
    "a method": RecordedRequest(method="GET; touch hit;", target="/"),
    "a method with a line": RecordedRequest(method="GET\ntouch hit\n", target="/"),
    "an empty method": RecordedRequest(method="", target="/"),
    "another host": RecordedRequest(method="GET", target="@127.0.0.1:{port}/x"),
    "a host's end": RecordedRequest(method="GET", target=".evil.invalid/"),
    "a target with a line": RecordedRequest(method="GET", target="/x\ntouch hit"),
    "a target with a fragment": RecordedRequest(method="GET", target="/x#y"),
    "a terminal's escape": RecordedRequest(method="GET", target="/\x1b]0;x\x07"),
    "a file of headers": RecordedRequest(method="GET", target="/", headers={"@secret": "x"}),
    "a header with a line": RecordedRequest(
        method="GET", target="/", headers={"a": "b\r\ntouch: hit"}
    ),
    "a header's name": RecordedRequest(method="GET", target="/", headers={"a\n touch hit\n": "b"}),
    "a header beyond Latin-1": RecordedRequest(method="GET", target="/", headers={"a": "\u202e"}),
    "a body that was cut": RecordedRequest(method="PUT", target="/", body=Body(text="a", size=9)),
}


@pytest.mark.parametrize("request_", FORGED.values(), ids=FORGED)
def test_of_what_no_client_can_have_sent_there_is_a_remark_and_no_line(
    server: RawServer, folder: Path, request_: RecordedRequest
) -> None:
    line = curl(request_)
    said = run(line, folder, server.url)

    assert line.startswith("# ")
    assert line.isprintable()
    assert said == ""
    assert server.sent == []
