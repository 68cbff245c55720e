"""The pages for who installs it: few, linked, and with no option or key that is not there."""

import re
import shlex
import tomllib
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
import yaml

from gatewaybench.late_commands import BY_NAME

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# The index of modules is for who changes the code.
PAGES = sorted(one for one in DOCS.glob("*.md") if one.name != "modules.md")
README = ROOT / "README.md"
MOST_PAGES = 6
MOST_LINES = 110
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCED = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)

each = pytest.mark.parametrize("page", [*PAGES, README], ids=lambda page: page.stem)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def commands(page: Path) -> list[str]:
    """Return what a page says to type, in blocks or in a sentence."""
    text = text_of(page)
    shell = [code for kind, code in _FENCED.findall(text) if kind == "sh"]
    typed = [line for code in shell for line in code.splitlines()]
    typed += re.findall(r"^    (gatewaybench .*?)(?:  +#.*)?$", text, re.MULTILINE)
    prose = _FENCED.sub("", text)
    typed += re.findall(r"`(gatewaybench \w[^`]*)`", prose.replace("\n", " "))
    return [one for one in typed if one.startswith("gatewaybench ")]


def declared(words: list[str]) -> set[str] | None:
    """Return the options of the command that words begin with, None where it is none."""
    late = BY_NAME.get(words[0])
    if late is None:
        return None
    command: Any = late.imported()
    for word in words[1:2]:
        command = getattr(command, "commands", {}).get(word, command)
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)}


def anchors(page: Path) -> set[str]:
    """Return what a page's headings are called in links, as GitHub has it."""
    heads = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_there_are_six_short_pages_and_the_readme_leads_to_each() -> None:
    links = _LINK.findall(text_of(README))

    assert len(PAGES) == MOST_PAGES
    assert [one.name for one in PAGES if f"docs/{one.name}" not in links] == []
    written = [one for one in PAGES if one.name != "stack-file.md"]
    assert [one.name for one in written if len(text_of(one).splitlines()) > MOST_LINES] == []


@each
def test_no_link_leads_nowhere(page: Path) -> None:
    local = [one for one in _LINK.findall(text_of(page)) if not one.startswith("http")]
    for link in local:
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page

        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@each
def test_every_option_that_a_page_names_is_one_of_its_command(page: Path) -> None:
    for line in commands(page):
        words = shlex.split(line)[1:]
        known = declared(words)

        assert known is not None, line
        assert [one for one in words if re.match(r"--?[a-z]", one) and one not in known] == [], line


def test_every_option_of_the_examples_for_ci_is_one_of_its_command() -> None:
    workflow = yaml.safe_load(text_of(DOCS / "github-workflow.yml"))
    uses = [step["with"] for job in workflow["jobs"].values() for step in job["steps"]]
    lines = [f"{one['command']} {one['arguments']}" for one in uses if "command" in one]
    pipeline = yaml.safe_load(text_of(DOCS / "gitlab-ci.yml"))
    lines += [
        line[len("gatewaybench ") :] for job in pipeline.values() for line in job.get("script", ())
    ]

    assert len(lines) == 4
    for line in lines:
        words = [word.partition("=")[0] for word in line.split()]
        known = declared(words) or set()

        assert [one for one in words if one.startswith("-") and one not in known] == [], line


def test_the_reference_is_that_of_the_schema() -> None:
    made = run_path(str(DOCS / "stack_file.py"))

    assert text_of(DOCS / "stack-file.md") == made["page"](), (
        "write it again: python docs/stack_file.py"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_table_of_a_page_is_toml(page: Path) -> None:
    for kind, code in _FENCED.findall(text_of(page)):
        if kind == "toml":
            assert tomllib.loads(code)


def test_what_the_ci_page_shows_stands_in_the_files_that_are_checked() -> None:
    shown = [code for kind, code in _FENCED.findall(text_of(DOCS / "ci.md")) if kind == "yaml"]
    files = "".join(text_of(DOCS / one) for one in ("github-workflow.yml", "gitlab-ci.yml"))

    assert len(shown) == 2
    assert [code for code in shown if code not in files] == []
