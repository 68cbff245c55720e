"""A stack file is read whole or refused with one sentence that names the file and the key."""

from pathlib import Path

import pytest

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.placeholders import filled, numbered
from testcontainers_fixtures.stack_spec import read_stack_file

GATEWAY = '[parts.front]\nrole = "gateway"\ncommand = ["run"]\nport = 9000\n'
HEAD = 'format_version = 1\nname = "small"\n'


def refusal(folder: Path, text: str) -> str:
    path = folder / "stack.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        read_stack_file(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("name = ", "is not TOML", id="no TOML"),
        pytest.param(f"format_version = {'9' * 5_000}", "is not TOML", id="5,000 digits"),
        pytest.param(f"{HEAD}{GATEWAY}colour = 1", "unknown field `colour`", id="a wrong key"),
        pytest.param(f"{HEAD}{GATEWAY}copies = 0", "`int` >= 1", id="a count below one"),
        pytest.param(HEAD + GATEWAY.replace("9000", "99999"), "65535", id="no such port"),
        pytest.param(
            f"{HEAD}{GATEWAY}twin = true", "belong to parts with role", id="a twin gateway"
        ),
        pytest.param(
            HEAD + GATEWAY.replace("gateway", "stub"), "exactly one part", id="no gateway"
        ),
        pytest.param(
            f'{HEAD}{GATEWAY}[[seed]]\nservice = "none"\nrequest = "POST /x"',
            "seed names 'none'",
            id="a seed for an unknown part",
        ),
        pytest.param(
            f'{HEAD}{GATEWAY}[links.l]\nsource = "front"\ntarget = "nobody"',
            "names 'nobody'",
            id="a link to an unknown part",
        ),
        pytest.param(
            f'{HEAD}{GATEWAY}[scenarios.s]\ndescription = "d"\n[[scenarios.s.calls]]\n'
            'name = "c"\nrequest = "DELETE /x/{x}"\ntakes = "x"',
            "takes 'x', which no call keeps",
            id="a call that takes what no call keeps",
        ),
        pytest.param(
            f'{HEAD}{GATEWAY}[parts.tags]\nrole = "resolver"\ncommand = ["run"]\nport = 9001\n'
            '[scenarios.s]\ndescription = "d"\n[[scenarios.s.calls]]\n'
            'name = "c"\nrequest = "GET /x"\nresolver = "tag"',
            "call 'c' names 'tag', which takes no calls here (did you mean `tags`?)",
            id="a call that is taken by a part that is not there",
        ),
        pytest.param(
            f'{HEAD}{GATEWAY}[parts.rows]\nrole = "service"\ncommand = ["run"]\nport = 9001\n'
            '[scenarios.s]\ndescription = "d"\n[[scenarios.s.flow]]\n'
            'name = "c"\nrequest = "GET /x"\nresolver = "rows"',
            "flow 'c' names 'rows', which takes no calls here; resolvers and gateway: front",
            id="a step that is taken by a service",
        ),
    ],
)
def test_a_wrong_stack_file_is_refused_in_one_sentence(
    tmp_path: Path, text: str, complaint: str
) -> None:
    sentence = refusal(tmp_path, text)

    assert complaint in sentence
    assert "stack.toml" in sentence
    assert "\n" not in sentence


def test_a_stack_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"gone\.toml; there is none"):
        read_stack_file(tmp_path / "gone.toml")


@pytest.mark.parametrize("path", ["system/stack.toml", "tests/foreign/stack.toml"])
def test_the_stack_files_of_this_repository_are_good(
    path: str, pytestconfig: pytest.Config
) -> None:
    assert read_stack_file(pytestconfig.rootpath / path).named("gateway")


def test_an_unknown_placeholder_is_named_with_those_that_are_known() -> None:
    with pytest.raises(SpecError, match=r"names \{nobody.url\}, .* known are: host, port"):
        filled("{nobody.url}", {"port": 1, "host": "h"}, "Part 'x'")


def test_braces_in_pairs_stand_for_themselves_and_json_stays_as_it_is() -> None:
    text = '{{host}} ${{NAME}} {host} {"a": {"b": {}}} {secrets.SHOP_KEY}'

    told = filled(text, {"host": "h", "secrets.SHOP_KEY": "k"}, "Part 'x'")

    assert told == '{host} ${NAME} h {"a": {"b": {}}} k'


def test_a_seed_that_is_exactly_n_becomes_a_number() -> None:
    body = {"id": "{n}", "names": ["row {n}"], "flag": True}

    assert numbered(body, 3) == {"id": 3, "names": ["row 3"], "flag": True}


def test_a_prefetch_concerns_resolvers_alone(pytestconfig: pytest.Config) -> None:
    parts = read_stack_file(pytestconfig.rootpath / "system/stack.toml").parts
    one, other = CopyCounts(prefetch=1), CopyCounts(prefetch=2)
    changed = {
        name for name, part in parts.items() if one.concerning(part) != other.concerning(part)
    }

    assert changed == {"resolver"}
