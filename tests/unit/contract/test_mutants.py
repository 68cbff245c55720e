"""The catalogue of defects fits the system as it stands; a defect is put in where it belongs."""

import importlib.util
from collections import Counter
from pathlib import Path

import pytest

from contract_tests.mutants.bench import ROOT, with_defect
from contract_tests.mutants.choice import for_the_ladder, listed
from contract_tests.mutants.defect import Defect, catalogue, source_of
from contract_tests.mutants.journal import Journal
from contract_tests.mutants.methods import Finding
from contract_tests.mutants.publication import record
from contract_tests.mutants.root import Finder
from contract_tests.mutants.step import steady
from contract_tests.mutants.trial import Mutant, Trial
from contract_tests.mutants.verdict import verdict
from contract_tests.promises import Teller
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.unit.contract.shelf import Shelf, Shelves, things

SPEC = read_stack_file(Path(__file__).parents[3] / "system" / "stack.toml")
ENOUGH = 60


@pytest.mark.parametrize("name", catalogue())
def test_a_defect_fits_its_module_and_the_result_compiles(name: str) -> None:
    defect = catalogue()[name]
    source = source_of(defect.module)
    rewritten = defect.rewritten(source)

    assert rewritten != source
    compile(rewritten, name, "exec")


def test_the_catalogue_is_large_enough_and_no_defect_stands_in_it_twice() -> None:
    defects = list(catalogue().values())
    changes = Counter((one.module, one.part, one.old, one.new) for one in defects)

    assert len(defects) >= ENOUGH
    assert len({one.sentence for one in defects}) == len(defects)
    assert max(changes.values()) == 1


def test_the_catalogue_spreads_over_every_layer_and_both_services() -> None:
    layers = Counter(one.layer for one in catalogue().values())
    modules = " ".join(one.module for one in catalogue().values())

    assert min(layers.values()) >= 10, layers
    assert set(layers) == {"mirror", "gateway", "wire", "resolver", "service"}
    assert {"srv_clients", "srv_goods"} <= set(modules.replace(".", " ").split())


def test_every_defect_lies_in_a_part_of_the_stack() -> None:
    assert {one.part for one in catalogue().values()} <= set(SPEC.parts)


def test_few_of_the_catalogue_are_beyond_anybodys_sight() -> None:
    equivalent = [name for name, one in catalogue().items() if one.equivalent]

    assert len(equivalent) <= len(catalogue()) * 0.02


def test_a_defect_that_no_longer_fits_says_so() -> None:
    defect = Defect(
        sentence="Nothing.", layer="wire", part="gateway", module="m", old="a", new="b",
        expected="paper",
    )  # fmt: skip
    with pytest.raises(ValueError, match="found it 2 times: the defect no longer fits"):
        defect.rewritten("aa")


def test_only_the_part_with_the_defect_runs_behind_the_root() -> None:
    spec = with_defect(SPEC, "some_defect", "gateway")
    changed = [name for name, part in spec.parts.items() if part != SPEC.parts[name]]

    assert changed == ["gateway"]
    assert spec.parts["gateway"].command[1:4] == ("-m", ROOT, "some_defect")
    assert spec.parts["gateway"].command[4:] == SPEC.parts["gateway"].command


def test_a_module_is_loaded_from_its_rewritten_source(tmp_path: Path) -> None:
    (tmp_path / "rewritten_here.py").write_text("answer = 41\n")
    finder = Finder("rewritten_here", lambda source: source.replace("41", "42"))
    spec = finder.find_spec("rewritten_here", [str(tmp_path)])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.answer == 42
    assert finder.find_spec("another_module", [str(tmp_path)]) is None


def test_an_unknown_name_and_an_unknown_layer_are_refused() -> None:
    with pytest.raises(ValueError, match="Expected names of the catalogue, seen no_such"):
        listed(["no_such"], None)
    with pytest.raises(ValueError, match="Expected a layer of the catalogue"):
        listed([], "no_such")


def test_the_ladder_climbs_the_same_mutants_for_the_same_seed() -> None:
    chosen = for_the_ladder(1)

    assert len(chosen) == 20
    assert chosen == for_the_ladder(1)
    assert chosen != for_the_ladder(2)


def test_an_equivalent_mutant_counts_neither_way_unless_it_is_killed() -> None:
    told = verdict(
        [_trial("a", "killed"), _trial("b", "survived", equivalent="no reader can tell")]
    )

    assert told.share == 1.0
    assert told.equivalent == ("b",)
    assert told.first_by == {"paper": 1}


def test_a_survivor_and_a_timeout_lower_the_share_and_are_named() -> None:
    told = verdict([_trial("a", "killed"), _trial("b", "survived"), _trial("c", "timed out")])

    assert told.share == pytest.approx(1 / 3)
    assert (told.survived, told.timed_out) == (("b",), ("c",))
    assert told.median_s == 2.0


def test_a_journal_gives_back_what_an_earlier_run_kept(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    Journal(path).add(_trial("a", "killed"))
    again = Journal(path)

    assert again.trials == [_trial("a", "killed")]
    assert again.holds("a")
    assert not again.holds("b")


def _trial(name: str, outcome: str, equivalent: str = "") -> Trial:
    mutant = Mutant(name=name, sentence=name, layer="wire", part="gateway", equivalent=equivalent)
    finding = Finding(method="paper", sentence="seen") if outcome == "killed" else None
    return Trial(mutant=mutant, outcome=outcome, seconds=2.0, finding=finding)  # type: ignore[arg-type] # of three words


def test_a_published_run_names_survivors_and_false_alarms() -> None:
    alarm = _trial("seed 1", "killed")
    kept = [_trial("a", "killed"), _trial("b", "survived"), _trial("c", "survived", "no reader")]
    told = record("s", {"engine": "processes", "network_mode": "loopback"}, [alarm], kept, 1)

    assert [one.verdict for one in told.checks] == ["fail", "pass", "fail", "pass"]
    assert told.checks[0].sentence == "False alarm: seen"
    assert told.checks[2].sentence.endswith("Survived.")
    assert "no reader" in told.checks[3].sentence
    assert told.duration_s == 8.0


def test_service_and_twin_are_in_step_while_rows_and_keys_agree() -> None:
    ahead = Shelf()
    ahead.next += 1

    assert steady(Teller(Shelves(Shelf(), Shelf()), things()))
    assert not steady(Teller(Shelves(Shelf(), ahead), things()))


def test_an_empty_list_shows_nothing_of_being_in_step() -> None:
    empty, also = Shelf(), Shelf()
    empty.rows, also.rows = {}, {}

    assert not steady(Teller(Shelves(empty, also), things()))
