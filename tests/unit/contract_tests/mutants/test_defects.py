"""The catalogue of defects fits the system as it stands; a defect is put in where it belongs."""

import importlib.util
import time
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace

from contract_tests.mutants.defect import Defect, catalogue, source_of
from contract_tests.mutants.ladder import climbed
from contract_tests.mutants.ladder_scores import standings
from contract_tests.mutants.mutant_launcher import Finder
from contract_tests.mutants.mutant_selection import for_the_ladder, listed
from contract_tests.mutants.mutant_stack import ROOT, with_defect
from contract_tests.mutants.mutant_trial import MutantTrial, TriedMutant, nothing_wrong
from contract_tests.mutants.progress import TrialProgress
from contract_tests.mutants.publication import record
from contract_tests.mutants.search_result import MutantFinding, Search
from contract_tests.mutants.trial_journal import TrialJournal
from contract_tests.mutants.verdict import AT_RANDOM, CATALOGUE, by_origin, enough, verdict
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.stack_spec import read_stack_file

SPEC = read_stack_file(Path(__file__).parents[4] / "system" / "stack.toml")
ENOUGH = 60
CONDITIONS = {"engine": "processes", "network_mode": "loopback"}


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
    assert spec.parts["gateway"].command[1:5] == ("-P", "-m", ROOT, "some_defect")
    assert spec.parts["gateway"].command[5:] == SPEC.parts["gateway"].command


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
    path, trial = tmp_path / "trials.jsonl", _trial("a", "killed")
    TrialJournal(path).add(trial)
    again = TrialJournal(path)

    assert again.trials == [trial]
    assert again.holds(trial.mutant, 1)
    assert not again.holds(trial.mutant, 2)
    assert not again.holds(_trial("b", "killed").mutant, 1)


def test_a_name_that_stands_for_another_defect_by_now_is_tried_again(tmp_path: Path) -> None:
    journal, trial = TrialJournal(tmp_path / "trials.jsonl"), _trial("random-1-1", "survived")
    journal.add(trial)
    another = replace(trial, mutant=replace(trial.mutant, sentence="another"), outcome="killed")

    assert not journal.holds(another.mutant, 1)
    journal.add(another)
    assert TrialJournal(tmp_path / "trials.jsonl").trials == [another]


def test_a_line_that_was_cut_off_is_left_out_and_written_anew(tmp_path: Path) -> None:
    path, trial = tmp_path / "trials.jsonl", _trial("b", "survived")
    TrialJournal(path).add(_trial("a", "killed"))
    path.write_bytes(path.read_bytes() + b'{"mutant": {"na')
    TrialJournal(path).add(trial)

    assert TrialJournal(path).trials == [_trial("a", "killed"), trial]


def test_a_journal_keeps_mutants_clean_searches_and_the_ladder_apart(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    clean = replace(_trial("c", "survived"), mutant=nothing_wrong("seed 1"))
    climbed = replace(_trial("a", "killed"), rung="paper")
    for one in (_trial("a", "survived"), clean, climbed):
        TrialJournal(path).add(one)
    kept = TrialJournal(path)

    assert (kept.trials, kept.cleared, kept.climbed) == (
        [_trial("a", "survived")],
        [clean],
        [climbed],
    )
    assert kept.holds(climbed.mutant, 1, "paper")
    assert not kept.holds(climbed.mutant, 1, "crowd")


def _trial(name: str, outcome: str, equivalent: str = "") -> MutantTrial:
    mutant = TriedMutant(
        name=name, sentence=name, layer="wire", part="gateway", equivalent=equivalent
    )
    finding = MutantFinding(method="paper", sentence="seen") if outcome == "killed" else None
    return MutantTrial(mutant=mutant, outcome=outcome, seconds=2.0, finding=finding)  # type: ignore[arg-type] # of three words


def _journal(*trials: MutantTrial) -> TrialJournal:
    journal = TrialJournal(None)
    for one in trials:
        journal.add(one)
    return journal


def _clean(seed: int, finding: MutantFinding | None) -> MutantTrial:
    mutant, outcome = nothing_wrong(f"seed {seed}"), "killed" if finding else "survived"
    return replace(_trial("clean", outcome), mutant=mutant, finding=finding, seed=seed)


def test_a_published_run_names_survivors_and_false_alarms() -> None:
    alarm = _clean(1, MutantFinding(method="paper", sentence="seen"))
    kept = [_trial("a", "killed"), _trial("b", "survived"), _trial("c", "survived", "no reader")]
    told = record("s", CONDITIONS, _journal(alarm, *kept), 1)

    assert [(one.name, one.verdict) for one in told.checks] == [
        ("seed 1", "fail"),
        ("98% killed, the catalogue", "fail"),
    ]
    assert told.checks[0].sentence == "False alarm: seen"
    assert "Not killed: b." in told.checks[1].sentence
    assert [(one.name, one.fate, one.by) for one in told.mutants] == [
        ("a", "killed", "paper"),
        ("b", "survived", ""),
        ("c", "equivalent", ""),
    ]
    assert told.mutants[2].found == "no reader"
    assert told.duration_s == 8.0


def test_a_page_holds_where_the_command_line_says_so() -> None:
    few = [_trial(f"random-1-{n}", "killed") for n in range(9)]
    left = [_trial(f"random-1-{n}", "survived") for n in (9, 10)]

    for some in ([*few, left[0]], [*few, *left]):
        [asked] = record("s", CONDITIONS, _journal(*some), 1).checks
        assert (asked.verdict == "pass") == enough(some)


def test_a_search_of_the_clean_system_that_was_not_finished_says_nothing() -> None:
    told = record("s", CONDITIONS, _journal(replace(_clean(1, None), outcome="timed out")), 1)

    assert told.checks[0].verdict == "unknown"


def test_each_rung_of_the_ladder_stands_in_the_record_with_what_it_missed() -> None:
    alarmed = replace(_clean(1, MutantFinding(method="seeded", sentence="wolf")), rung="fuzz")
    quiet = replace(_clean(1, None), rung="all")
    kept = [replace(_trial("a", "killed"), rung=rung) for rung in ("fuzz", "all")]
    kept += [replace(_trial("b", "survived"), rung="fuzz")]
    told = record("s", CONDITIONS, _journal(alarmed, quiet, *kept), 1)

    assert [(one.method, one.killed, one.tried, one.missed, one.alarm) for one in told.ladder] == [
        ("fuzz", 1, 2, ("b",), "wolf"),
        ("all", 1, 1, (), ""),
    ]
    # A method that most people use may cry wolf: all of ours together may not.
    assert [(one.name, one.verdict) for one in told.checks] == [
        ("clean system, on the ladder", "pass")
    ]


def test_more_is_asked_of_the_catalogue_than_of_what_was_drawn_at_random() -> None:
    nine = [_trial(f"random-1-{n}", "killed") for n in range(9)]

    assert enough([*nine, _trial("random-1-9", "survived")])
    assert not enough([*nine[1:], _trial("random-1-9", "survived")])
    assert not enough([_trial(f"m{n}", "killed") for n in range(9)] + [_trial("m", "survived")])
    assert list(by_origin([*nine, _trial("m", "killed")])) == [CATALOGUE, AT_RANDOM]


def test_after_each_trial_the_time_left_is_told() -> None:
    said: list[str] = []
    moments = iter([0.0, 60.0, 90.0])
    pace = TrialProgress(3, said.append, lambda: next(moments))
    pace.told(_trial("a", "killed"))
    pace.told(_trial("b", "survived"))
    pace.told(_clean(3, None))

    assert said == [
        "1/3 a: killed by paper (2.0 s); about 2 min left",
        "2/3 b: survived (2.0 s); about 45 s left",
        "3/3 seed 3: no alarm (2.0 s)",
    ]


class _Bench:
    """Stands in for a running stack; `broken` is the mutant that it does not come up with."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.done: list[str] = []

    def put_in(self, name: str, _: str) -> None:
        self.done.append(name)
        if name == self.broken:
            raise StackError("no")

    def mend(self) -> None:
        self.done.append("mend")

    stack = None


def test_the_ladder_puts_a_mutant_in_once_for_all_rungs_and_goes_on_where_it_was_left() -> None:
    ladder: dict[str, Search] = {
        "blind": lambda *_: None,
        "sharp": lambda *_: MutantFinding(method="crowd", sentence="seen"),
    }
    bench, journal, said = _Bench(broken="b"), TrialJournal(None), list[str]()
    mutants = [_trial(name, "killed").mutant for name in ("a", "b")]
    for some in (mutants[:1], mutants, mutants):
        climbed(bench, some, seed=1, journal=journal, say=said.append, ladder=ladder)  # type: ignore[arg-type] # a stand-in

    assert bench.done == ["a", "b", "mend"]
    assert [(o.rung, o.mutant.name, o.outcome) for o in journal.climbed] == [
        ("blind", "clean", "survived"),
        ("sharp", "clean", "killed"),
        ("blind", "a", "survived"),
        ("sharp", "a", "killed"),
        ("blind", "b", "killed"),
        ("sharp", "b", "killed"),
    ]
    assert [(o.killed, o.missed, bool(o.alarm)) for o in standings(journal.climbed)] == [
        (1, ("a",), False),
        (2, (), True),
    ]
    assert len(said) == 6


def test_after_a_search_that_was_broken_off_the_stack_starts_over_with_the_mutant() -> None:
    ladder: dict[str, Search] = {"slow": lambda *_: time.sleep(0.02), "blind": lambda *_: None}
    bench, journal = _Bench(), TrialJournal(None)
    mutants = [_trial("a", "killed").mutant]
    climbed(
        bench,  # type: ignore[arg-type] # a stand-in
        mutants,
        seed=1,
        journal=journal,
        say=lambda _: None,
        ladder=ladder,
        budget_s=0.01,
    )

    assert bench.done == ["mend", "a", "mend", "a"]
    assert [(o.rung, o.outcome) for o in journal.climbed] == [
        ("slow", "timed out"),
        ("blind", "survived"),
    ] * 2
