"""What a configuration does not tell of a database it borrows, and keeps it as no wait beside."""

from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from loadtests.capacity.model_records import model_for
from reports.record.measurements import Configuration, Phase
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.unit.loadtests.capacity import backed_shop
from tests.unit.loadtests.capacity.backed_shop import BackedShop
from tests.unit.loadtests.capacity.test_backing_parts import without

# A call takes 1 ms of its service, which waits for 8 ms of the database's CPU.
SHOP: Final = BackedShop(
    said='role = "database"\nimage = "pg"', behind_ms=8.0, servers=9, worker_ms=1.0
)
STACK: Final = """
format_version = 2
name = "shop"

[parts.front]
role = "gateway"
port = 80
command = ["front", "{worker.url}"]

[parts.worker]
role = "service"
port = 81
command = ["serve", "{behind.url}"]

[parts.behind]
role = "database"
port = 5432
image = "pg"

[telemetry]
hops = { worker = "" }
"""


def measured(workers: int) -> Configuration:
    """Return a configuration in which each call took its service 9 ms."""
    [one] = backed_shop.run(SHOP, workers).configurations
    [repetition] = one.repetitions
    assert repetition.closed
    assert repetition.open
    told = replace(repetition, closed=stamped(repetition.closed), open=stamped(repetition.open))
    return replace(one, resolvers=1, service_workers=workers, repetitions=(told,))


def stamped(phase: Phase) -> Phase:
    hops = {"worker": backed_shop.histogram([9.0] * 500)}
    return replace(phase, histograms=replace(phase.histograms, hops=hops))


@pytest.mark.parametrize("blind", [0, 1])
def test_what_is_borrowed_of_a_database_is_no_wait_of_its_service_as_well(
    blind: int, tmp_path: Path
) -> None:
    file = tmp_path / "stack.toml"
    file.write_text(STACK)
    both = [measured(1), measured(2)]
    both[blind] = without(both[blind], "behind")
    run = replace(backed_shop.run(SHOP), configurations=tuple(both))

    model = model_for(run, read_stack_file(file), "shop")

    for one in model.evidence:
        for works in (one.light.works, one.full.works):
            assert works.hold_ms == 0.0
            assert works.backing_ms("service") == pytest.approx(8.0)
