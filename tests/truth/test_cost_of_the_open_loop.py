"""What an open loop costs beside plain locust: requests a second per core, in one run."""

import json
import statistics
import subprocess
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from loadtests.plan.data_rows import DataRows
from loadtests.plan.plan import PlannedCall, PlannedStep
from testcontainers_fixtures.stack_file.draw_spec import Drawn
from tests.truth import stubs
from tests.truth.figures import Figure, Tell
from tests.truth.stubs import Stub
from tests.truth.trial import plan, try_out

NOW: Final = PlannedCall(name="now", request="GET /now")
# A session of four steps, each with headers, from a file's row, drawn, and kept from before.
HEADERS: Final = {"X-Key": "k-{key}", "X-Place": "{city}", "X-Word": "{word}"}
FLOW: Final = tuple(
    PlannedCall(
        name=name,
        request="GET /now",
        headers=HEADERS | ({"X-Before-Us": "{took}"} if name != "log in" else {}),
        draw={"word": Drawn(text=(8, 12))},
        keeps={"took": f"header {stubs.SERVICE_HEADER}"},
        step=PlannedStep(),
    )
    for name in ("log in", "browse", "put in", "pay")
)
ROWS: Final = DataRows(
    file="customers.csv",
    columns=("key", "city"),
    rows=tuple((number, f"city {number}") for number in range(1_000)),
)
LOCUSTFILE: Final = Path(__file__).with_name("plain_locust.py")
RATE_PER_S: Final = 4_000.0
USERS: Final = 400  # ten requests a second each
RUN_S: Final = 2.0
ROUNDS: Final = 3
AT_LEAST: Final = 0.9


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("what", "calls", "data"),
    [
        pytest.param("requests", (NOW,), None, id="alike"),
        pytest.param("requests of flows, with headers and data,", FLOW, ROWS, id="flows"),
    ],
)
def test_an_open_loop_costs_no_more_than_locust_at_the_same_rate(
    tmp_path: Path, tell: Tell, what: str, calls: tuple[PlannedCall, ...], data: DataRows | None
) -> None:
    # Alternately, and the median of the ratios: a busy neighbour hits both, or one pair. Locust
    # sends the one request as it stands, whatever ours are.
    ratios = []
    with stubs.stub() as stub:
        for number in range(ROUNDS):
            folder = tmp_path / str(number)
            folder.mkdir()
            asked = plan(stub.url, calls, folder, rate_per_s=RATE_PER_S, run_s=RUN_S, samples=False)
            trial = try_out(replace(asked, data=data))
            assert (trial.phase.samples, trial.phase.failed) == (RATE_PER_S * RUN_S, 0)
            ours = 1 / trial.cpu_s_per_request
            ratios.append(ours / _locusts_per_cpu_s(stub, folder))
    middle = statistics.median(ratios)
    tell(
        Figure(
            truth=f"{what} a CPU second over plain locust's, at {RATE_PER_S:.0f}/s",
            expected="1.00",
            measured=f"{middle:.2f} (of {' '.join(f'{ratio:.2f}' for ratio in ratios)})",
            bound=f"at least {AT_LEAST}",
        )
    )

    assert middle >= AT_LEAST


def _locusts_per_cpu_s(stub: Stub, folder: Path) -> float:
    cost = folder / "cost.json"
    command = stubs.first("-m", "locust", "-f", str(LOCUSTFILE), "--headless")
    command += ["--host", stub.url, "--users", str(USERS), "--spawn-rate", str(USERS)]
    command += ["--run-time", f"{RUN_S:.0f}s", "--loglevel", "ERROR"]
    command += ["--cost", str(cost)]
    subprocess.run(
        command, check=True, timeout=60, capture_output=True, cwd=folder, start_new_session=True
    )
    told = json.loads(cost.read_text())
    return float(told["requests"]) / float(told["cpu_s"])
