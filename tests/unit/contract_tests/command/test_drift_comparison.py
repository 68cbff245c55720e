"""Two documents are held against each other on the command line, with nothing running."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from typer.testing import CliRunner, Result

from contract_tests.command.drift_comparison import app

ROOT = Path(__file__).parents[4]
# It takes 0.6 s; of a core that somebody else has half of, more.
MOST_PROCESSOR_S = 1.5
Document = dict[str, Any]
ITEM: Document = {"type": "object", "properties": {"qty": {"type": "integer", "maximum": 9}}}
FORMATS = ("text", "json", "markdown", "junit", "html", "github")


def shop(item: Document) -> Document:
    one = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}
    get = {"responses": {"200": {"description": "one", **one}}}
    post = {"requestBody": one, "responses": {"201": {"description": "made"}}}
    health = {"get": {"responses": {"200": {"description": "fine"}}}}
    return {
        "openapi": "3.1.0",
        "paths": {"/items": {"get": get, "post": post}, "/health": health},
        "components": {"schemas": {"Item": item}},
    }


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no test write to the page of the job that it may itself run in."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """Give a service's document, in YAML."""
    return written(tmp_path / "service.yaml", shop(ITEM))


@pytest.fixture
def gateway(tmp_path: Path) -> Path:
    """Give the document of a gateway that promises no maximum, in JSON."""
    return written(
        tmp_path / "gateway.json", shop({**ITEM, "properties": {"qty": {"type": "integer"}}})
    )


@pytest.fixture
def wordy(tmp_path: Path) -> Path:
    """Give that of a gateway that differs in words only."""
    qty = {"type": "integer", "maximum": 9, "readOnly": True}
    return written(tmp_path / "wordy.yaml", shop({**ITEM, "properties": {"qty": qty}}))


def written(path: Path, document: Document) -> Path:
    text = json.dumps(document, indent=1) if path.suffix == ".json" else yaml.safe_dump(document)
    path.write_text(text, encoding="utf-8")
    return path


def ran(*words: str | Path, **variables: str) -> Result:
    return CliRunner().invoke(app, [str(one) for one in words], env=variables)


def test_a_gateway_that_says_the_same_holds(service: Path) -> None:
    done = ran(service, service)

    assert (done.exit_code, done.output) == (0, "Holds: no difference in 3 operations.\n")


def test_a_difference_is_told_once_with_what_it_does_and_where_it_stands(
    service: Path, gateway: Path
) -> None:
    done = ran(service, gateway)

    assert done.exit_code == 1
    assert done.output.splitlines()[:6] == [
        "Does not hold: 1 difference in 3 operations (1 error).",
        "",
        "error: Item /qty: the gateway says no maximum, the service says at most 9.",
        "    GET /items, answer 200 /qty (answer): promises too little",
        "    POST /items, body /qty (request): breaks callers",
        f"    see {gateway}:{line_of(gateway, 'qty')}, {service}:{line_of(service, 'qty')}",
    ]


def line_of(file: Path, word: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if word in line)


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_tells_the_difference_and_leaves_with_its_code(
    service: Path, gateway: Path, form: str
) -> None:
    done = ran(service, gateway, "--format", form)

    assert done.exit_code == 1
    assert "at most 9" in done.output
    assert "breaks callers" in done.output


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_says_that_nothing_differs(service: Path, form: str) -> None:
    done = ran(service, service, "--format", form)

    assert done.exit_code == 0
    assert "differ" not in done.output or "no difference" in done.output


def test_json_has_the_verdict_and_each_place(service: Path, gateway: Path) -> None:
    said = json.loads(ran(service, gateway, "--format", "json").output)
    [one] = said["differences"]

    assert (said["verdict"], said["operations"], said["fail_on"]) == ("fail", 3, "note")
    assert one["gateway_at"]["pointer"] == "#/components/schemas/Item/properties/qty"
    assert [(place["operation"], place["effects"]) for place in one["places"]] == [
        ("GET /items", ["promises too little"]),
        ("POST /items", ["breaks callers"]),
    ]


def test_junit_has_a_case_for_each_difference_and_each_operation_without_one(
    service: Path, gateway: Path
) -> None:
    suite = ET.fromstring(ran(service, gateway, "--format", "junit").output)[0]  # noqa: S314 -- ours

    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [(one.get("name"), len(one)) for one in suite] == [
        ("GET /health", 0),
        ("Item /qty: the gateway says no maximum, the service says at most 9", 1),
    ]


def test_github_is_told_the_file_and_the_line(service: Path, gateway: Path) -> None:
    [command, headline] = ran(service, gateway, "--format", "github").output.splitlines()

    assert command.startswith(f"::error file={gateway},line={line_of(gateway, 'qty')},title=")
    assert headline.startswith("Does not hold")


def test_the_report_goes_into_a_file_and_the_headline_to_the_terminal(
    service: Path, gateway: Path, tmp_path: Path
) -> None:
    page = tmp_path / "deep" / "drift.html"
    done = ran(service, gateway, "--format", "html", "--output", page)

    assert done.output.splitlines() == [
        "Does not hold: 1 difference in 3 operations (1 error).",
        f"Report: {page}",
    ]
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(("level", "code"), [("note", 1), ("warning", 0), ("error", 0)])
def test_what_is_below_the_level_is_told_and_fails_nothing(
    service: Path, wordy: Path, level: str, code: int
) -> None:
    done = ran(service, wordy, "--fail-on", level)

    assert done.exit_code == code
    assert "note: Item /qty: the gateway says readOnly true" in done.output


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        ("breaks callers", 1),
        ("refuses what was served", 1),
        ("promises too little", 1),
        ("words only", 1),
    ],
)
def test_the_worst_effect_of_a_difference_counts(
    service: Path, gateway: Path, effect: str, code: int
) -> None:
    assert ran(service, gateway, "--fail-on", effect).exit_code == code


@pytest.mark.parametrize(
    ("effect", "code"), [("breaks callers", 0), ("promises too little", 0), ("words only", 1)]
)
def test_what_is_less_grave_than_an_effect_fails_nothing(
    service: Path, wordy: Path, effect: str, code: int
) -> None:
    assert ran(service, wordy, "--fail-on", effect).exit_code == code


def test_what_refuses_is_an_error_and_less_than_what_breaks(service: Path, tmp_path: Path) -> None:
    qty = {"type": "integer", "maximum": 5}
    content = {"application/json": {"schema": {"type": "object", "properties": {"qty": qty}}}}
    narrower = shop(ITEM)
    narrower["paths"]["/items"]["post"]["requestBody"] = {"content": content}
    file = written(tmp_path / "narrower.json", narrower)

    assert ran(service, file, "--fail-on", "error").exit_code == 1
    assert ran(service, file, "--fail-on", "refuses what was served").exit_code == 1
    assert ran(service, file, "--fail-on", "breaks callers").exit_code == 0


RULE = """fail_on = "{fail_on}"
[[ignore]]
where = "Item /qty"
because = "the gateway is looser on purpose"
until = {until}
"""


@pytest.mark.parametrize(("until", "code"), [("2099-01-31", 0), ("2020-01-31", 1)])
def test_a_rule_lets_be_until_its_last_day(
    service: Path, gateway: Path, tmp_path: Path, until: str, code: int
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULE.format(until=until, fail_on="note"), encoding="utf-8")
    done = ran(service, gateway, "--ignore", rules)

    assert done.exit_code == code
    assert "the gateway is looser on purpose" in done.output


def test_a_stack_file_has_rules_as_well(service: Path, gateway: Path, tmp_path: Path) -> None:
    stack = tmp_path / "stack.toml"
    place = 'port = 1\ncommand = ["attached"]\n'
    stack.write_text(
        'format_version = 1\nname = "s"\n'
        f'[parts.gateway]\nrole = "gateway"\n{place}'
        "[contract.drift]\n"
        'ignore = [{ where = "Item /qty", because = "looser", until = 2099-01-31 }]\n',
        encoding="utf-8",
    )

    assert ran(service, gateway, "--stack", stack).exit_code == 0


@pytest.mark.parametrize(("fail_on", "code"), [("note", 1), ("warning", 1), ("error", 0)])
def test_a_rule_that_matches_nothing_is_a_warning(
    service: Path, tmp_path: Path, fail_on: str, code: int
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULE.format(until="2099-01-31", fail_on=fail_on), encoding="utf-8")
    done = ran(service, service, "--ignore", rules)

    assert done.exit_code == code
    assert "'Item /qty' matches nothing" in done.output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[ignore]]\nwhere = "Item"', "line 1, ignore.1: Object missing required field `because`"),
        ('[[ignore]]\nwhere = "Item"\nbecause = " "', "line 3, ignore.1.because: because says why"),
        ('[[ignore]]\nwere = "Item"\nbecause = "x"', "did you mean"),
        ('[[ignore]]\nwhere = "a"\nbecause = "x"\nuntil = "soon"', "line 4, ignore.1.until"),
        ("[[ignore", "is not TOML"),
    ],
)
def test_a_file_of_rules_that_cannot_be_used_is_named_with_line_and_key(
    service: Path, tmp_path: Path, text: str, sentence: str
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(text, encoding="utf-8")
    done = ran(service, service, "--ignore", rules)

    assert done.exit_code == 2
    assert sentence in " ".join(done.output.split())


def test_what_cannot_be_read_is_named_and_nothing_else_is_said_of_it(
    service: Path, tmp_path: Path
) -> None:
    broken = shop({**ITEM, "properties": {"qty": {"$ref": "#/components/schemas/Gone"}}})
    file = written(tmp_path / "broken.yaml", broken)
    words = [service, file]

    assert "#/components/schemas/Item/properties/qty cannot be read" in ran(*words).output
    assert ran(*words).exit_code == 3
    assert ran(*words, "--strict").exit_code == 1
    assert ran(*words, "--tolerant").exit_code == 0


def test_of_several_services_each_has_a_name(tmp_path: Path, service: Path) -> None:
    other = {"openapi": "3.1.0", "paths": {"/users": {"get": {"responses": {"200": {}}}}}}
    users = written(tmp_path / "users.yaml", other)
    both = written(
        tmp_path / "both.yaml", {**shop(ITEM), "paths": shop(ITEM)["paths"] | other["paths"]}
    )

    assert ran(f"shop={service}", f"users={users}", both).exit_code == 0
    assert "PUT /users" not in ran(service, both).output
    assert ran(service, both).exit_code == 1
    assert ran(service, both, "--partial").exit_code == 0
    nameless = ran(service, users, both)
    assert (nameless.exit_code, "Expected NAME=SERVICE" in nameless.output) == (2, True)


BAD: dict[str, tuple[str, str]] = {
    "no file": ("", "no such file or directory"),
    "no OpenAPI": ("a: 1", "it has no paths"),
    "Swagger 2": ("swagger: '2.0'\npaths: {/a: {get: {responses: {'200': {}}}}}", "Swagger 2.0"),
    "no YAML": ("a: [", "Expected an OpenAPI document"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_document_ends_with_one_sentence(
    service: Path, tmp_path: Path, what: str
) -> None:
    text, sentence = BAD[what]
    file = tmp_path / "bad.yaml"
    if text:
        file.write_text(text, encoding="utf-8")
    done = ran(service, file)

    assert done.exit_code == 2
    assert sentence in done.output
    assert str(file) in done.output
    assert len(done.output.splitlines()) == 1


def test_one_document_is_too_few(service: Path) -> None:
    done = ran(service)

    assert done.exit_code == 2
    assert "drift SERVICE GATEWAY" in done.output


def test_a_report_that_cannot_be_written_is_bad_input(service: Path, tmp_path: Path) -> None:
    done = ran(service, service, "--output", tmp_path / "service.yaml" / "report.txt")

    assert done.exit_code == 2
    assert "--output" in done.output


def test_a_job_s_page_and_its_lines_have_it_too(
    service: Path, gateway: Path, tmp_path: Path
) -> None:
    page = tmp_path / "summary.md"
    done = ran(service, gateway, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page))

    assert "Item /qty" in page.read_text(encoding="utf-8")
    assert "::error file=" in done.output


def test_what_a_document_says_is_no_command_of_the_runner_s(tmp_path: Path, service: Path) -> None:
    hostile = shop({"type": "object", "properties": {"::error::x": {"type": "integer"}}})
    gateway = written(tmp_path / "hostile.json", hostile)
    for form in FORMATS:
        lines = ran(service, gateway, "--format", form).output.splitlines()

        assert not any(line.lstrip().startswith("::error::") for line in lines)


def test_a_comparison_takes_about_a_second(service: Path, gateway: Path) -> None:
    words = [sys.executable, "-m", "contract_tests", "drift", str(service), str(gateway)]
    took = []
    for _ in range(3):
        before = os.times()
        done = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=60, check=False)
        after = os.times()
        took.append(
            after.children_user + after.children_system
            - before.children_user - before.children_system
        )  # fmt: skip

        assert done.returncode == 1, done.stderr
    assert min(took) <= MOST_PROCESSOR_S


@pytest.mark.parametrize(
    ("words", "said"), [((), "--gateway"), (("drift",), "--fail-on"), (("drift",), "--partial")]
)
def test_both_commands_have_their_help(words: tuple[str, ...], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "contract_tests", *words, "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0
    assert said in done.stdout
