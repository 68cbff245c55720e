"""Where a run took place."""

from pathlib import Path

from reports.record import conditions


def test_what_a_stack_says_of_itself_goes_to_its_own_field_or_to_the_details() -> None:
    here = conditions.local_conditions(
        {
            "engine": "containers",
            "rabbitmq": "4.0.5",
            "python": "3.13.5",
            "image gateway": "sha256:1",
        }
    )

    assert (here.engine, here.rabbitmq, here.python) == ("containers", "4.0.5", "3.13.5")
    assert here.details == {"image gateway": "sha256:1"}
    assert here.reasons["erlang"] == "the engine cannot tell"


def test_the_machine_tells_its_own_part() -> None:
    here = conditions.local_conditions({"engine": "processes"})

    assert here.cpu_count >= 1
    assert here.cpu_model
    assert "msgspec" in here.packages


def test_the_processor_is_named_as_the_kernel_names_it(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Imaginary 9000\n", encoding="utf-8")

    assert conditions.cpu_model(cpuinfo) == "Imaginary 9000"


def test_a_kernel_that_names_no_processor_leaves_the_architecture(tmp_path: Path) -> None:
    assert conditions.cpu_model(tmp_path / "nothing")


def test_outside_a_work_tree_there_is_no_commit(tmp_path: Path) -> None:
    assert conditions.git_commit(tmp_path) is None
