"""The contract suite on a system of which only the addresses are known."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from testcontainers_fixtures.stack import Stack, start_stack
from testcontainers_fixtures.stack_spec import read_stack_file

ROOT = Path(__file__).parents[2]
STACK_FILE = Path(__file__).with_name("stack.toml")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("notebook")
    with start_stack(read_stack_file(STACK_FILE), run_folder=folder, engine="processes") as stack:
        yield stack


def contract(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "contract_tests", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


@pytest.mark.timeout(200)
def test_a_clean_system_ends_with_0(notebook: Stack, tmp_path: Path) -> None:
    services = [f"--service={name}={url}" for name, url in notebook.services.items()]
    twins = [f"--twin={name}={url}" for name, url in notebook.twins.items()]

    done = contract(
        f"--gateway={notebook.gateway}",
        *services,
        *twins,
        "--openapi=/api.json",
        f"--site={tmp_path}",
    )

    assert done.returncode == 0, done.stdout[-4000:]
    assert len(list(tmp_path.glob("*/run.json"))) == 1


@pytest.mark.timeout(200)
def test_a_gateway_that_says_otherwise_than_a_given_schema_ends_with_1(
    notebook: Stack, tmp_path: Path
) -> None:
    schema = tmp_path / "labels.yaml"
    schema.write_text(
        'openapi: "3.1.0"\n'
        "info: {title: labels, version: '1'}\n"
        "paths:\n"
        "  /labels:\n"
        "    get:\n"
        "      responses:\n"
        "        '200':\n"
        "          description: colours by name\n"
        "          content: {application/json: {schema: {type: object}}}\n",
        encoding="utf-8",
    )

    done = contract(
        f"--gateway={notebook.gateway}", f"--schema=labels={schema}", f"--site={tmp_path}"
    )

    assert done.returncode == 1, done.stdout[-4000:]
    assert "curl -X GET" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--gateway=http://127.0.0.1:9"], "so there is no document", id="no service"),
        pytest.param(
            ["--gateway=nonsense", "--service=notes=http://127.0.0.1:9"],
            "Expected --gateway with a URL",
            id="no URL",
        ),
        pytest.param(
            ["--gateway=http://127.0.0.1:9", "--schema=notes=nowhere.json"],
            "Expected an OpenAPI document in nowhere.json",
            id="no such file",
        ),
        pytest.param(
            ["--gateway=http://127.0.0.1:9", "--service=notes=http://127.0.0.1:9"],
            "did not answer",
            id="nobody there",
        ),
        pytest.param(
            ["--gateway=http://127.0.0.1:9", "--service=notes"],
            "Expected --service NAME=URL, the name out of notes; seen: 'notes'.",
            id="a service without its URL",
        ),
        pytest.param(
            [
                "--gateway=http://127.0.0.1:9",
                "--service=notes=http://127.0.0.1:9",
                "--schema=note=nowhere.json",
            ],
            "seen: 'note=nowhere.json' (did you mean `notes`?)",
            id="a document of a service that is nearly another",
        ),
        pytest.param(
            [
                "--gateway=http://127.0.0.1:9",
                "--service=notes=http://127.0.0.1:9",
                "--schema=gatway=nowhere.json",
            ],
            "seen: 'gatway=nowhere.json' (did you mean `gateway`?)",
            id="a document of what is nearly the gateway",
        ),
    ],
)
def test_bad_input_ends_with_2_and_a_sentence(
    arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    done = contract(*arguments, f"--site={tmp_path}")

    assert done.returncode == 2
    assert sentence in re.sub(r"\s+", " ", done.stdout + done.stderr)


def test_https_where_no_tls_is_spoken_is_told_at_once(notebook: Stack, tmp_path: Path) -> None:
    services = [f"--service={name}={url}" for name, url in notebook.services.items()]
    begun_s = time.monotonic()

    done = contract(
        f"--gateway={notebook.gateway.replace('http:', 'https:')}", *services, f"--site={tmp_path}"
    )

    assert done.returncode == 2
    said = re.sub(r"\s+", " ", done.stdout + done.stderr)
    assert "speaks no TLS; write http:// for https://" in said
    assert time.monotonic() - begun_s < 9  # it is not waited until it might
