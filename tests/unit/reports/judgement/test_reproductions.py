"""A curl line, run by a real shell, and a kept file, read by Python, hold the request unchanged."""

import ast
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from reports.judgement.reproductions import MOST_CURL_CHARACTERS, curl, pytest_file, written
from reports.record.failures import Body, RecordedRequest, body
from tests.unit.reports.sample_contract import POST

GATEWAY = "http://127.0.0.1:1/base"
# Stands in curl's place: notes its arguments, each ended by a NUL, and then what it was piped.
RECORDER = """#!/bin/sh
printf '%s\\0' "$@" > "$0.arguments"
cat > "$0.input"
"""
NASTY = 'it\'s $(touch hit) `touch hit` "x" \\ %s ; & | > hit # ü\nlast'


class Ran(NamedTuple):
    """What curl was given as arguments, and what it was piped."""

    arguments: list[str]
    piped: bytes

    @property
    def url(self) -> str:
        """Return the last argument."""
        return self.arguments[-1]

    @property
    def headers(self) -> list[str]:
        """Return what follows each -H."""
        return self.after("-H")

    def after(self, option: str) -> list[str]:
        """Return what follows each place of an option."""
        following = zip(self.arguments, self.arguments[1:], strict=False)
        return [value for name, value in following if name == option]


def ran(folder: Path, request: RecordedRequest) -> Ran:
    """Run a request's line through a shell in which curl is the recorder."""
    recorder = folder / "curl"
    recorder.write_text(RECORDER, encoding="utf-8")
    recorder.chmod(0o700)
    settings = {"PATH": f"{folder}:/usr/bin:/bin", "GATEWAY": GATEWAY, "TOKEN": "t p"}
    subprocess.run(
        ["/bin/sh", "-c", curl(request)],
        cwd=folder,
        env=settings,
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=10,
    )
    told = (folder / "curl.arguments").read_bytes().decode().split("\0")[:-1]
    return Ran(told, (folder / "curl.input").read_bytes())


@pytest.mark.parametrize(
    "target",
    ["/a?b=1&c=2", "/a/../b;c", "/?q='$HOME'`id`", "/~*?[x]!{a,b}"],
    ids=["query", "dots", "quotes", "globs"],
)
def test_a_shell_hands_curl_the_target_as_it_was_sent(tmp_path: Path, target: str) -> None:
    line = ran(tmp_path, RecordedRequest(method="GET", target=target))

    assert line.url == GATEWAY + target
    assert line.after("-X") == ["GET"]
    assert "--path-as-is" in line.arguments


def test_a_shell_hands_curl_a_nasty_body_and_header_whole_and_runs_nothing_of_them(
    tmp_path: Path,
) -> None:
    sent = RecordedRequest(
        method="PUT", target="/", headers={"x-a": "'$(id)'"}, body=body(NASTY.encode())
    )

    line = ran(tmp_path, sent)

    assert line.after("--data-raw") == [NASTY]
    assert "x-a: '$(id)'" in line.headers
    assert not (tmp_path / "hit").exists()


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00' $HOME \\n", b"a\x00b%s\\n'\x01", "\u2028\x1b[1m".encode()],
    ids=["no UTF-8", "a NUL in text", "what does not print"],
)
def test_bytes_that_no_argument_can_hold_are_piped_to_curl(tmp_path: Path, content: bytes) -> None:
    line = ran(tmp_path, RecordedRequest(method="POST", target="/", body=body(content)))

    assert line.after("--data-binary") == ["@-"]
    assert line.piped == content


def test_what_curl_would_add_is_taken_away_and_what_is_empty_is_kept_empty(tmp_path: Path) -> None:
    bare = RecordedRequest(method="GET", target="/", headers={"accept": "*/*", "x-empty": ""})

    assert ran(tmp_path, bare).headers == ["accept: */*", "x-empty;", "Content-Type:"]


def test_a_request_that_is_too_long_for_a_line_says_so_in_a_comment() -> None:
    long = RecordedRequest(method="POST", target="/", body=body(b"x" * MOST_CURL_CHARACTERS))

    assert curl(long).startswith("# The request is too long")


def test_a_kept_file_holds_every_request_as_a_literal_of_the_same_bytes() -> None:
    before = RecordedRequest(method="POST", target="/'\"", body=body(b"\xff\x00'"))
    failure = replace(POST, before=(before,), sentence='"""\nassert 0  # {x}')

    tree = ast.parse(pytest_file(failure))

    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    bodies = [ast.literal_eval(c.args[0]) for c in calls if _called(c) == "body"]
    targets = [ast.literal_eval(k.value) for c in calls for k in c.keywords if k.arg == "target"]
    said = next(n.value for n in tree.body if isinstance(n, ast.Assign) and _named(n))
    assert POST.request is not None
    assert POST.request.body is not None
    assert bodies == [b"\xff\x00'", POST.request.body.content]
    assert targets == [before.target, POST.request.target]
    assert ast.literal_eval(said) == failure.sentence


def test_a_failure_whose_body_was_cut_has_no_file(tmp_path: Path) -> None:
    cut = replace(
        POST, request=RecordedRequest(method="POST", target="/", body=Body(text="a", size=9))
    )

    [kept] = written([replace(cut, file=None)], tmp_path)

    assert pytest_file(cut) == ""
    assert kept.file is None
    assert list(tmp_path.iterdir()) == []


def test_each_kept_file_has_a_name_of_its_own(tmp_path: Path) -> None:
    kept = written([POST, POST], tmp_path)

    names = [one.file for one in kept]
    assert names == sorted(set(map(str, names)))
    assert all((tmp_path / str(name)).read_text(encoding="utf-8") for name in names)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _named(node: ast.Assign) -> bool:
    return isinstance(node.targets[0], ast.Name) and node.targets[0].id == "SAID"


def test_a_name_in_a_secrets_place_is_a_variable_and_nothing_else_is(tmp_path: Path) -> None:
    headers = {"X-API-Key": "$TOKEN", "Authorization": "$TOKEN_2", "X-Other": "$TOKEN`id`$(id)"}
    seen = ran(tmp_path, RecordedRequest(method="GET", target="/", headers=headers)).headers

    assert "X-API-Key: t p" in seen
    assert "X-Other: $TOKEN`id`$(id)" in seen
    assert any(one.startswith("Authorization:") and "$" not in one for one in seen)
