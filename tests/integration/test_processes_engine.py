"""Parts as child processes: they start, freeze, die and never outlive their harness."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from testcontainers_fixtures.engines.child import Child, wait_until
from testcontainers_fixtures.engines.engine import Killable, Launch, Pausable, Running
from testcontainers_fixtures.engines.logs import MOST_BYTES
from testcontainers_fixtures.engines.orphans import VARIABLE, Label, reap_orphans
from testcontainers_fixtures.engines.process_table import living, process, setting
from testcontainers_fixtures.engines.processes import ProcessesEngine
from testcontainers_fixtures.errors import MissingNeedError, StackError

HARNESS = Path(__file__).with_name("harness_of_processes.py")
ROOT = Path(__file__).parents[2]
GONE_WITHIN_S = 5.0
DASHES = "-" * 80
# About 80 MB, at most 20 of them a second.
TALKATIVE = """
import sys, time
for n in range({lines} + 1):
    sys.stdout.write(f"line {{n}} {{'-' * 80}}\\n")
    if n % 10_000 == 0:
        time.sleep(0.05)
print("the end")
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ProcessesEngine]:
    made = ProcessesEngine(tmp_path)
    yield made
    made.close()


def _order(engine: ProcessesEngine, name: str, *command: str, fresh: bool = True) -> Launch:
    address = engine.reserve(name, 8000)
    return Launch(name=name, command=command, environment={}, address=address, fresh=fresh)


def _web(engine: ProcessesEngine) -> Running:
    address = engine.reserve("web", 8000)
    command = ("python", "-m", "http.server", "--bind", address.bind, str(address.port))
    part = engine.launch(_order(engine, "web", *command))
    assert wait_until(lambda: _answers(part.url), timeout_s=10)
    return part


def _script(engine: ProcessesEngine, text: str, *, name: str = "script") -> Running:
    return engine.launch(_order(engine, name, "python", "-c", text))


def _said_before_its_end(engine: ProcessesEngine, text: str) -> str:
    part = _script(engine, text)
    assert wait_until(lambda: not part.alive(), timeout_s=10)
    return part.log_tail()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=0.5) as answer:  # noqa: S310 -- our own http URL
            return bool(answer.status == 200)
    except OSError:
        return False


def _descendants(session: int) -> list[int]:
    return [found.pid for found in living() if found.session == session]


def test_a_killed_part_is_gone_when_kill_returns_with_its_children(engine: ProcessesEngine) -> None:
    spawn = "import subprocess, time; subprocess.Popen(['sleep', '300']); time.sleep(300)"
    part = _script(engine, spawn)
    assert isinstance(part, Killable)
    pid = _pid(part)
    assert wait_until(lambda: len(_descendants(pid)) == 2, timeout_s=10)

    part.kill()

    assert not part.alive()
    assert _descendants(pid) == []


def test_a_part_can_be_started_again_on_its_port_after_it_was_killed(
    engine: ProcessesEngine,
) -> None:
    first = _web(engine)
    assert isinstance(first, Killable)
    first.kill()

    second = _web(engine)

    assert second.url == first.url


def test_a_paused_part_does_not_answer_until_it_is_resumed(engine: ProcessesEngine) -> None:
    part = _web(engine)
    assert isinstance(part, Pausable)

    part.pause()
    assert not _answers(part.url)
    assert part.alive()
    part.resume()

    assert _answers(part.url)


def test_a_part_that_hears_sigterm_ends_in_its_own_way(engine: ProcessesEngine) -> None:
    text = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('goodbye'), sys.exit()))\n"
        "print('up'); time.sleep(300)"
    )
    part = _script(engine, text)
    assert wait_until(lambda: "up" in part.log_tail(), timeout_s=10)

    part.stop(grace_s=10)

    assert part.log_tail().endswith("goodbye")


def test_a_part_that_ignores_sigterm_is_killed_after_its_grace(engine: ProcessesEngine) -> None:
    text = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(300)"
    part = _script(engine, text)
    assert wait_until(lambda: "up" in part.log_tail(), timeout_s=10)
    began_s = time.monotonic()

    part.stop(grace_s=0.3)

    assert not part.alive()
    assert 0.3 <= time.monotonic() - began_s < 5


def test_a_paused_part_can_be_stopped_in_order(engine: ProcessesEngine) -> None:
    part = _web(engine)
    assert isinstance(part, Pausable)
    part.pause()
    began_s = time.monotonic()

    part.stop(grace_s=20)

    assert time.monotonic() - began_s < 10


def test_a_part_that_dies_at_once_has_said_why(engine: ProcessesEngine) -> None:
    part = _script(engine, "raise SystemExit('the settings lack RMQ_PASS')")

    assert wait_until(lambda: not part.alive(), timeout_s=10)
    assert part.log_tail() == "the settings lack RMQ_PASS"


def test_a_part_that_another_thread_has_just_reaped_has_ended(engine: ProcessesEngine) -> None:
    part = _script(engine, "import time; time.sleep(300)")
    os.kill(_pid(part), signal.SIGKILL)
    os.waitpid(_pid(part), 0)  # as that thread does, which notes it a moment later

    assert not part.alive()
    engine.close()


def test_a_log_is_kept_across_restarts_and_its_tail_is_of_the_last_start(
    engine: ProcessesEngine, tmp_path: Path
) -> None:
    tails = [_said_before_its_end(engine, f"print({word!r})") for word in ("first", "second")]

    assert tails == ["first", "second"]
    assert (tmp_path / "logs" / "script.log").read_text() == "first\nsecond\n"


def test_a_part_that_never_stops_talking_fills_no_disk_and_its_first_and_last_lines_are_kept(
    engine: ProcessesEngine, tmp_path: Path
) -> None:
    last = 900_000
    part = _script(engine, TALKATIVE.format(lines=last))
    log, sizes = tmp_path / "logs" / "script.log", []

    def over() -> bool:
        sizes.append(log.stat().st_size if log.exists() else 0)
        return not part.alive()

    assert wait_until(over, timeout_s=60)
    tail = part.log_tail(2)
    engine.close()
    text = log.read_text()
    cuts = re.findall(r"^\[(\d+) bytes are cut out here", text, re.MULTILINE)

    assert max(sizes) < 2 * MOST_BYTES
    assert log.stat().st_size <= MOST_BYTES
    assert text.startswith("line 0 ")
    assert text.endswith(f"line {last} {DASHES}\nthe end\n")
    assert tail == f"line {last} {DASHES}\nthe end"
    assert len(cuts) == 1
    # Each line is there, or among the bytes that are said to be missing, but for a moment's.
    said = sum(len(f"line {n} {DASHES}\n") for n in range(last + 1)) + len("the end\n")
    assert int(cuts[0]) + len(text) == pytest.approx(said, rel=0.01)
    whole = re.compile(rf"line \d+ {DASHES}|the end|\[{cuts[0]} bytes are cut .*\]")
    assert [line for line in text.splitlines() if not whole.fullmatch(line)] == []


def test_a_taken_port_is_named_before_anything_starts(engine: ProcessesEngine) -> None:
    order = _order(engine, "gateway", "python", "-c", "pass")
    port = engine.reserve("gateway", 8000).port
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(MissingNeedError) as caught,
    ):
        engine.launch(order)

    assert f"port {port} on 127.0.0.1 to be free for gateway" in str(caught.value)


def test_a_program_that_is_not_installed_is_named(engine: ProcessesEngine) -> None:
    with pytest.raises(MissingNeedError, match="'no-such-program' of gateway"):
        engine.launch(_order(engine, "gateway", "no-such-program"))


def test_a_name_keeps_its_port_and_no_port_is_given_twice(engine: ProcessesEngine) -> None:
    names = [f"part-{number}" for number in range(50)]
    ports = [engine.reserve(name, 8000).port for name in names]

    assert len(set(ports)) == len(names)
    assert [engine.reserve(name, 8000).port for name in names] == ports


def test_data_is_kept_for_the_next_copy_unless_it_starts_fresh(engine: ProcessesEngine) -> None:
    row = Path(engine.data_folder("store")) / "row"
    row.touch()

    engine.launch(_order(engine, "store", "sleep", "0", fresh=False))
    assert row.exists()
    engine.launch(_order(engine, "store-2", "sleep", "0"))
    engine.reserve("store", 8000)
    engine.launch(_order(engine, "store", "sleep", "0", fresh=True))

    assert not row.exists()


def test_close_leaves_the_logs_and_nothing_else(tmp_path: Path) -> None:
    engine = ProcessesEngine(tmp_path)
    part = _web(engine)
    engine.close()
    engine.close()

    assert not part.alive()
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]
    with pytest.raises(StackError, match="this engine is closed"):
        _script(engine, "pass")


def test_close_is_complete_when_ctrl_c_ends_the_grace_period(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> bool:
        monkeypatch.undo()
        raise KeyboardInterrupt

    engine = ProcessesEngine(tmp_path)
    part = _web(engine)
    monkeypatch.setattr("testcontainers_fixtures.engines.children.wait_until", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.close()

    assert not part.alive()
    assert _descendants(_pid(part)) == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("number", "parts", "least"),
    [
        # The part and its child.
        (signal.SIGKILL, (), 2),
        (signal.SIGINT, (), 2),
        # Beside them epmd and the node, with erl_child_setup and inet_gethost. How a broker ends
        # with a harness that the other two have ended is a promise of test_nothing_is_left.py.
        (signal.SIGTERM, ("broker",), 4),
    ],
    ids=["SIGKILL", "SIGINT", "SIGTERM"],
)
def test_whatever_ends_the_harness_its_processes_end_with_it(
    tmp_path: Path, number: signal.Signals, parts: tuple[str, ...], least: int
) -> None:
    with _harness(tmp_path, *parts) as harness:
        started = _labelled(harness.pid)
        assert len(started) >= least

        harness.send_signal(number)

        assert wait_until(lambda: not _labelled(harness.pid), timeout_s=GONE_WITHIN_S)
        harness.wait(timeout=GONE_WITHIN_S)
    assert wait_until(lambda: not (tmp_path / "data").exists(), timeout_s=GONE_WITHIN_S)
    assert {path.name for path in (tmp_path / "logs").iterdir()} >= {
        f"{name}.log" for name in ("parent", *parts)
    }


def test_the_kernel_ends_a_child_when_even_the_guardian_is_dead_and_the_next_start_the_rest(
    tmp_path: Path,
) -> None:
    with _harness(tmp_path) as harness:
        leaders = [pid for pid in _labelled(harness.pid) if os.getsid(pid) == pid]
        os.kill(_guardian(harness.pid), signal.SIGKILL)
        harness.kill()
        harness.wait(timeout=GONE_WITHIN_S)

        assert wait_until(lambda: not any(map(_alive, leaders)), timeout_s=GONE_WITHIN_S)
        orphans = _labelled(harness.pid)
        assert len(orphans) == 1
        assert reap_orphans() == orphans

    assert _labelled(harness.pid) == []


@contextmanager
def _harness(folder: Path, *parts: str) -> Iterator[subprocess.Popen[str]]:
    harness = subprocess.Popen(
        [sys.executable, str(HARNESS), str(folder), *parts],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with harness:
        try:
            assert harness.stdout is not None
            assert harness.stdout.readline() == "ready\n"
            yield harness
        finally:
            harness.kill()


def _labelled(harness: int) -> list[int]:
    texts = {found.pid: setting(found.pid, VARIABLE) or "" for found in living()}
    labels = {pid: Label.parse(text) for pid, text in texts.items()}
    return [pid for pid, label in labels.items() if label and label.harness == harness]


def _guardian(harness: int) -> int:
    for found in living():
        words = Path(f"/proc/{found.pid}/cmdline").read_bytes().split(b"\0")
        if any(word.startswith(f"{harness}:".encode()) for word in words):
            return found.pid
    raise AssertionError("no guardian")


def _alive(pid: int) -> bool:
    found = process(pid)
    return found is not None and found.alive


def _pid(part: Running) -> int:
    assert isinstance(part, Child)
    return part.pid
