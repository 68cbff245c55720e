"""A team whose store computes in one thread asks by the real command what more workers bring.

The store takes the same CPU time for every call, so that what it carries is known. A busy machine
makes figures unknown (3), and may leave no model; that the store has one thread is still seen.
"""

import re
from pathlib import Path
from typing import Final

import pytest

from reports.judgement.machine_share import machine_was_its_own
from reports.record.capacity import MACHINE
from reports.record.record import LoadRun, read_record
from tests.integration.test_load_run import load

HERE: Final = Path(__file__).parent
BURNT_MS: Final = 20
ENDS_WITHIN_S: Final = 200.0
# What little its other threads do comes on top.
STORE: Final = re.compile(r"the CPU of store, which can use 1(\.[012]\d*)? cores?")
STACK: Final = """
format_version = 2
name = "shelves"

[broker]
vhost = "/"
user = "shelves"
work_queues = ["orders"]

[parts.store]
role = "cache"
port = 7000
ready = "GET /ready"
command = ["python", "{here}/one_thread.py", "store", "{{host}}", "{{port}}", "{burnt_ms}"]

[parts.worker]
role = "resolver"
command = ["python", "{here}/one_thread.py", "worker", "orders"]
ready = "queue orders"
settings = {{ AMQP = "{{broker.url}}", STORE = "{{store.url}}" }}

[parts.front]
role = "gateway"
port = 8000
command = ["python", "{here}/two_kinds.py", "gateway", "{{host}}", "{{port}}"]
settings = {{ AMQP = "{{broker.url}}" }}

[scenarios.shelves]
description = "Orders are read"

[[scenarios.shelves.calls]]
name = "order"
request = "GET /orders"
"""

pytestmark = pytest.mark.timeout(220)


def test_where_a_store_with_one_thread_binds_more_workers_are_not_promised_to_help(
    tmp_path: Path,
) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK.format(here=HERE, burnt_ms=BURNT_MS))
    process = load(file, "--quick", "--resolvers=2", "--workers=1", "--duration=1.5")
    said, _ = process.communicate(timeout=ENDS_WITHIN_S)
    assert process.returncode in {0, 1, 3}, said
    [folder] = (tmp_path / "site").glob("*-load*")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    closed = record.configurations[0].repetitions[0].closed
    [capacity] = record.capacity

    assert closed
    assert closed.used["store"].one_thread_share > 0.8
    alone, others = machine_was_its_own(closed, record.conditions.cpu_count)
    if capacity.outlooks is None:
        assert alone == "unknown", (capacity.reasons, others)
        return
    two, four = ({one.resolvers: one for one in capacity.outlooks}[number] for number in (2, 4))
    binding = next(bound for bound in two.bounds if bound.resource != MACHINE)
    assert STORE.fullmatch(binding.resource)
    # Calls that are at work when a phase begins or ends count in part: of 30 that may be a tenth.
    assert binding.most_per_s == pytest.approx(1_000 / BURNT_MS, rel=0.35)
    assert two.carries_per_s.value
    assert four.carries_per_s.value == pytest.approx(two.carries_per_s.value, rel=0.05)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert alone != "pass" or f"What binds first as it was measured: {binding.resource}" in page
