"""The contract suite on the shop, with no adapter: clean as it is, and five drifts found as named.

Its workers answer behind AMQP alone, its paths have a prefix, its lists an envelope, its rows
UUIDs, and who asks must have logged in with a token that is good for two minutes.
"""

import shutil
from pathlib import Path

import pytest

from reports.record.failures import Failure
from reports.record.record import E2eRun, read_record
from tests.foreign.commands import ASKED, harness, trial_of
from tests.foreign.shop_client import SECRETS

SHOP = Path(__file__).parent / "shop"
LOGIN = 'SHOP_PASSWORD = "{secrets.SHOP_PASSWORD}"\n'
# By what the gateway does otherwise: where it shows, and a word of the sentence.
DRIFTS = {
    "short-item": ("POST /api/v1/orders", "at most 20"),
    "no-returns": ("POST /api/v1/orders", "returned"),
    "note-required": ("POST /api/v1/orders", "required"),
    "count": ("GET /api/v1/orders", "total"),
    "no-delete": ("DELETE /api/v1/orders/{id}", "operation"),
}
pytestmark = pytest.mark.timeout(400)


def suite(folder: Path, engine: str | None, drifts: str = "") -> tuple[E2eRun, int, str]:
    """Return what the suite, but for its faults, kept of a shop with drifts; its code and words."""
    shutil.copytree(SHOP, folder / "shop")
    file = folder / "shop" / "stack.toml"
    text = file.read_text(encoding="utf-8")
    assert LOGIN in text
    file.write_text(text.replace(LOGIN, f'{LOGIN}SHOP_DRIFTS = "{drifts}"\n'), encoding="utf-8")
    words = ("--record", f"--stack={file}", f"--site={folder / 'site'}", "contract_tests")
    but_faults = ("-k", "not fault and not weak")
    done = harness("pytest", *words, *but_faults, engine=engine, settings=SECRETS)
    [run] = (folder / "site").glob("*-e2e")
    record = read_record(run)
    assert isinstance(record, E2eRun)
    return record, done.returncode, done.stdout + done.stderr


def test_as_it_is_nothing_is_told_of_it_and_no_secret_is_kept(
    engine: str | None, tmp_path: Path
) -> None:
    record, code, said = suite(tmp_path, engine)
    kept = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]

    assert [one.sentence for one in record.failures] == []
    assert code == 0, said[-4_000:]
    assert record.cases > 1_000
    assert "the framework's Allow" in said
    for secret in SECRETS.values():
        assert not [path for path in kept if secret.encode() in path.read_bytes()]


def test_each_of_five_drifts_is_found_by_its_name(engine: str | None, tmp_path: Path) -> None:
    record, code, said = suite(tmp_path, engine, ",".join(DRIFTS))

    assert code == 1, said[-4_000:]
    assert [name for name in DRIFTS if not _found(record.failures, *DRIFTS[name])] == []


def _found(failures: tuple[Failure, ...], operation: str, word: str) -> bool:
    return any(
        operation in {one.operation, *one.reaches} and word in one.sentence for one in failures
    )


@pytest.mark.parametrize(
    "fault", ["database-sigkill", "resolver-sigkill-one-of-two@orders", "orders-locked"]
)
def test_a_fault_settles_what_was_lost_by_rows_that_the_gateway_alone_shows(
    fault: str, engine: str | None, tmp_path: Path
) -> None:
    file = SHOP / "stack.toml"
    trial, said = trial_of(fault, file, tmp_path, engine=engine, settings=SECRETS)

    assert trial.acknowledged > 100
    assert {said[one] for one in ASKED} == {"pass"}
    assert "\n" not in trial.evidence
    assert said["late"] == "not applicable"  # nobody saw when a write was begun
