"""Which faults there are for a system, and at which part each is aimed."""

from pathlib import Path

import pytest

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.faults.aim import faults_of, led
from testcontainers_fixtures.faults.catalogue import catalogue, named
from testcontainers_fixtures.stack_spec import StackSpec, read_stack_file

FRONT = '[parts.front]\nrole = "gateway"\ncommand = ["run"]\nport = 9000\n'
OWN = '[faults.slow]\npart = "front"\n'


def read(folder: Path, text: str) -> StackSpec:
    file = folder / "stack.toml"
    file.write_text(f'format_version = 2\nname = "small"\n{FRONT}{text}', encoding="utf-8")
    return read_stack_file(file)


def part(name: str, role: str) -> str:
    return f'[parts.{name}]\nrole = "{role}"\ncommand = ["x"]\nport = 1\n'


def names(spec: StackSpec) -> list[str]:
    return [one.name for one in faults_of(spec)]


def test_a_system_without_stores_has_no_faults_of_them(tmp_path: Path) -> None:
    found = names(read(tmp_path, part("worker", "resolver")))

    assert "resolver-sigkill-last" in found
    assert [one for one in found if one.startswith(("database-sig", "cache-", "link-cache"))] == []
    assert len(found) < len(catalogue())


def test_each_of_several_resolvers_is_struck_and_leads_its_role_then(tmp_path: Path) -> None:
    spec = read(tmp_path, part("users", "resolver") + part("tags", "resolver"))
    [_, second] = [one for one in faults_of(spec) if one.name.startswith("resolver-sigkill-last")]

    assert second.name == "resolver-sigkill-last@tags"
    assert list(spec.named("resolver")) == ["users", "tags"]
    assert list(led(spec, second).named("resolver")) == ["tags", "users"]
    assert led(spec, named("service-paused")) == spec


def test_a_service_among_several_has_the_faults_of_the_first(tmp_path: Path) -> None:
    found = names(read(tmp_path, part("a", "service") + part("b", "service")))

    assert "service-paused" in found
    assert [one for one in found if "@" in one] == []


def test_a_stack_file_has_faults_of_its_own(tmp_path: Path) -> None:
    own = OWN + 'strike = ["tc"]\nmend = ["tc"]\nlasts_s = 7\nunknown = "none"\n'
    [found] = [one for one in faults_of(read(tmp_path, own)) if one.name == "slow"]

    assert found.lasts_s == 7
    assert found.sentence.endswith(".")
    assert found.unknown_bound.limit(in_flight=5, meanwhile=9) == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(OWN, "a `strike`, with its `mend`, or a command `during`", id="nothing"),
        pytest.param(OWN + 'strike = ["x"]', "undone by its `mend`", id="no mend"),
        pytest.param(
            OWN.replace("front", "frnt") + 'during = ["x"]',
            "faults.slow.part: fault 'slow' names 'frnt', which is no part here (did you mean",
            id="no such part",
        ),
    ],
)
def test_half_a_fault_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, text)

    assert complaint in str(caught.value)
