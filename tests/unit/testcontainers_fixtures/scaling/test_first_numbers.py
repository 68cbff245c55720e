"""What could not be put back after a run is not changed by one, and what was not told is said."""

from collections.abc import Mapping

import pytest

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.scaling.deployed import Deployed, DeployedPart
from testcontainers_fixtures.scaling.first_numbers import numbers_not_told, require_first_numbers
from testcontainers_fixtures.scaling.presets import with_preset
from testcontainers_fixtures.stack_file.attach_spec import Attach, CommandLines, Scale
from testcontainers_fixtures.stack_file.part_spec import Part
from testcontainers_fixtures.stack_spec import StackSpec

PARTS = {
    "gate": Part(role="gateway", image="gate:1", port=80),
    "rows": Part(role="service", image="rows:1", port=80),
}


def stack(scale: CommandLines = ()) -> tuple[StackSpec, Attach]:
    said = Attach(
        gateway="http://g",
        engine="kubernetes",
        namespace="n",
        service_workers=2,
        scale=Scale(service_workers=scale),
    )
    attach = with_preset(said, PARTS)
    return StackSpec(format_version=2, name="x", parts=PARTS, attach=attach), attach


def deployed(variables: Mapping[str, str | None]) -> Deployed:
    rows = DeployedPart(
        called="deployment/rows",
        replicas=1,
        requests="",
        limits="",
        images=(),
        variables=variables,
        copies={},
    )
    return Deployed(parts={"rows": rows}, nodes=())


@pytest.mark.parametrize("value", [None, "auto", ""], ids=["from a secret", "a word", "empty"])
def test_a_variable_that_is_no_plain_number_is_refused_since_it_would_be_lost(
    value: str | None,
) -> None:
    with pytest.raises(SpecError, match=r"WEB_CONCURRENCY, though not as a plain number") as found:
        require_first_numbers(*stack(), deployed({"WEB_CONCURRENCY": value}))

    assert "auto" not in str(found.value)


def test_what_commands_of_the_file_s_own_do_with_it_is_theirs() -> None:
    own = stack("mine {workers}")

    require_first_numbers(*own, deployed({"WEB_CONCURRENCY": None}))
    assert list(numbers_not_told(*own, deployed({}))) == []


def test_a_variable_that_was_not_there_is_told_with_what_it_is_afterwards() -> None:
    require_first_numbers(*stack(), deployed({}))

    assert dict(numbers_not_told(*stack(), deployed({}))) == {
        "not told rows": "deployment/rows had no WEB_CONCURRENCY, which is 2 after the run"
    }
    assert list(numbers_not_told(*stack(), deployed({"WEB_CONCURRENCY": "2"}))) == []
