"""What is said of workers that did not come to a run."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from loadtests.plan.load_workers import ExpectedWorkers, Missing
from loadtests.sweep.load_process import LoadProcess, WorkersMissingError


def missed(folder: Path, host: str) -> str:
    """Return what a run says to which one worker came of two."""
    line = msgspec.json.encode(Missing(here=("alpha",))).decode()
    expected = ExpectedWorkers(count=2, host=host, names=("alpha", "beta"))
    with (
        subprocess.Popen(["/usr/bin/printf", r"%s\n", line], stdout=subprocess.PIPE) as master,
        pytest.raises(WorkersMissingError) as error,
    ):
        LoadProcess(master, folder / "results.json", expected).run_errand(lambda _: None)
    return str(error.value)


def test_who_is_missing_is_named_and_how_a_worker_is_started(tmp_path: Path) -> None:
    said = missed(tmp_path, "10.0.0.1")

    assert "1 came (alpha); missing: beta." in said
    assert said.endswith("gatewaybench worker --master-host 10.0.0.1 --master-port 5557")


def test_no_worker_is_sent_to_the_address_that_means_all_of_them(tmp_path: Path) -> None:
    said = missed(tmp_path, "0.0.0.0")  # noqa: S104 -- a text

    assert "--master-host ADDRESS --master-port 5557; ADDRESS is this machine's address" in said
