"""What a machine that takes part makes of what its worker processes say and do."""

import sys
import time
from pathlib import Path

import msgspec
import pytest

from loadtests.plan.load_workers import Dismissed, Joined, Unfit, WorkerLine, read_worker_line
from loadtests.sweep.load_process import LoadFailedError
from loadtests.sweep.machines import worker_processes
from loadtests.sweep.machines.worker_processes import (
    WorkerOrder,
    WorkersAloneError,
    WorkersUnfitError,
    serve,
)

JOINED, OVER = '{"type":"joined"}', '{"type":"dismissed"}'


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a program that is started in place of locust's worker."""
    file = tmp_path / "stands_for_locust.py"
    monkeypatch.setattr(worker_processes, "locust_command", lambda: [sys.executable, str(file)])
    return file


def order(within_s: float = 20.0, processes: int = 1) -> WorkerOrder:
    return WorkerOrder(name="alpha", within_s=within_s, processes=processes, port=1)


def test_a_worker_is_started_again_after_each_trial_until_the_run_is_over(
    script: Path, tmp_path: Path
) -> None:
    times = tmp_path / "times"
    script.write_text(
        f"from pathlib import Path\n"
        f"file = Path({str(times)!r})\n"
        f"file.open('a').write('x')\n"
        f"print('noise'); print({JOINED!r}, flush=True)\n"
        f"if len(file.read_text()) == 3: print({OVER!r}, flush=True)\n"
    )
    said: list[str] = []

    assert serve(order(), said.append) == 3
    assert times.read_text() == "xxx"
    assert said[0] == "Looking for a run at 127.0.0.1:1."
    assert set(said[1:]) == {"Taking part in the run at 127.0.0.1:1."}


def test_several_workers_of_a_machine_have_names_of_their_own(script: Path, tmp_path: Path) -> None:
    script.write_text(
        f"import sys; from pathlib import Path\n"
        f"(Path({str(tmp_path)!r}) / sys.argv[sys.argv.index('--worker-name') + 1]).touch()\n"
        f"print({JOINED!r}); print({OVER!r}, flush=True)\n"
    )
    serve(order(processes=2), lambda _: None)

    assert {one.name for one in tmp_path.glob("alpha*")} == {"alpha #1", "alpha #2"}


def test_the_run_is_over_though_only_one_of_them_was_told_so(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_processes, "_REST_WITHIN_S", 0.5, raising=False)
    script.write_text(
        f"import sys, time\n"
        f"print({JOINED!r}, flush=True)\n"
        f"if 'alpha #1' in sys.argv: print({OVER!r}, flush=True)\n"
        f"else: time.sleep(60)\n"
    )
    began_s = time.monotonic()

    assert serve(order(processes=2), lambda _: None) == 1
    assert time.monotonic() - began_s < 30


def test_a_worker_that_the_run_refuses_ends_with_its_sentence(script: Path) -> None:
    refused = '{"type":"unfit","sentence":"The run refused this worker: it is old."}'
    script.write_text(f"import time; print({refused!r}, flush=True); time.sleep(60)\n")

    with pytest.raises(WorkersUnfitError, match="it is old"):
        serve(order(), lambda _: None)


def test_a_worker_that_cannot_start_ends_with_its_last_words(script: Path) -> None:
    script.write_text("raise SystemExit('no licence for this generator')\n")

    with pytest.raises(LoadFailedError, match="ended with 1: no licence for this generator"):
        serve(order(), lambda _: None)


def test_without_a_run_it_ends_within_its_bound_and_leaves_no_process(script: Path) -> None:
    script.write_text("import time; time.sleep(60)\n")
    began_s = time.monotonic()

    with pytest.raises(WorkersAloneError, match=r"Expected a run at 127\.0\.0\.1:1 within 0\.5 s"):
        serve(order(within_s=0.5), lambda _: None)
    assert time.monotonic() - began_s < 30


def test_a_run_that_is_not_heard_of_any_more_has_ended(script: Path, tmp_path: Path) -> None:
    once = tmp_path / "once"
    script.write_text(
        f"import time; from pathlib import Path\n"
        f"once = Path({str(once)!r})\n"
        f"if once.exists(): time.sleep(60)\n"
        f"once.touch(); print({JOINED!r}, flush=True); time.sleep(0.3)\n"
    )

    with pytest.raises(WorkersAloneError, match="was not heard of for 1 s; it has ended"):
        serve(order(within_s=1.0), lambda _: None)


@pytest.mark.parametrize("line", [Joined(), Dismissed(), Unfit(sentence="It is old.")])
def test_what_a_worker_says_is_read_as_it_was_said(line: WorkerLine) -> None:
    assert read_worker_line(msgspec.json.encode(line)) == line
    assert read_worker_line(b"Type     Name") is None
