"""Random mutants are small, drawn by a seed, and never of what the suite cannot be about."""

import pytest

from contract_tests.mutants.defect import source_of
from contract_tests.mutants.equivalents import EQUIVALENT
from contract_tests.mutants.mutant_launcher import found
from contract_tests.mutants.mutations import mutations
from contract_tests.mutants.out_of_scope import OUT_OF_SCOPE
from contract_tests.mutants.random_defects import PLACES, candidates, drawn, excused, named


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("a = b == c", "comparison", "a = b != c"),
        ("a = b is None", "comparison", "a = b is not None"),
        ("a = b and c", "logic", "a = b or c"),
        ("a = not b", "logic", "a = (b)"),
        ("a = 1", "number", "a = (2)"),
        ("a = True", "truth", "a = False"),
        ("a = 'b'", "text", "a = 'bx'"),
        ("a = b + c", "operator", "a = (b - c)"),
        ("a = b(c, d)", "arguments", "a = b(d, c)"),
        ("a = b(c=d)", "keyword", "a = b()"),
        ("def a(): return b", "return", "def a(): return None"),
        ("raise a", "statement", "pass"),
    ],
)
def test_each_kind_of_change_is_made(source: str, kind: str, expected: str) -> None:
    made = [one.rewritten(source) for one in mutations(source) if one.kind == kind]

    assert expected in made


@pytest.mark.parametrize(
    ("source", "left_out"),
    [
        pytest.param("a = b", [], id="of a module"),
        pytest.param("def a():\n    b = c\n    return b", [], id="of a function"),
        pytest.param("def a(b):\n    b = c(b)", ["b = c(b)"], id="an argument anew"),
        pytest.param("def a(b):\n    b.c = d", ["b.c = d"], id="a field of an argument"),
        pytest.param("class A:\n    b = c", ["b = c"], id="a field of a class"),
    ],
)
def test_a_statement_is_left_out_unless_it_alone_makes_a_name(
    source: str, left_out: list[str]
) -> None:
    made = [one.before for one in mutations(source) if one.kind == "statement"]

    assert made == left_out


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("a = {'description': 'b'}", id="a description in a table"),
        pytest.param("a(title='b', summary=c)", id="a title and a summary"),
        pytest.param("a = min(b, c)", id="the less of two, whichever comes first"),
    ],
)
def test_what_nobody_can_tell_from_the_outside_is_left_alone(source: str) -> None:
    made = mutations(f"def d():\n    {source}\n")

    assert {one.kind for one in made} <= {"statement"}


def test_docstrings_imports_and_annotations_are_left_alone() -> None:
    source = '"""Said."""\nimport a\n\ndef b(c: "d" = e) -> "f":\n    """Said."""\n'

    assert mutations(source) == []


def test_a_change_behind_letters_beyond_ascii_is_made_in_its_place() -> None:
    [one] = [m for m in mutations("a = 'é'; b = True") if m.kind == "truth"]

    assert one.rewritten("a = 'é'; b = True") == "a = 'é'; b = False"


@pytest.mark.parametrize("module", PLACES)
def test_every_mutation_of_the_system_compiles_and_changes_its_module(module: str) -> None:
    source = source_of(module)
    for one in candidates(module):
        assert one.rewritten(source) != source
        compile(one.rewritten(source), module, "exec")


def test_a_seed_draws_the_same_defects_and_a_larger_count_only_adds() -> None:
    few, many = drawn(3, 5), drawn(3, 25)

    assert list(many.items())[:5] == list(few.items())
    assert drawn(4, 5).values() != few.values()
    assert len(set(many.values())) == 25


def test_a_part_finds_its_random_defect_by_name() -> None:
    assert found("random-3-2") == named("random-3-2") == drawn(3, 2)["random-3-2"]


def test_what_is_out_of_scope_is_not_drawn_and_says_why() -> None:
    out = [
        excused(module, one)
        for module in ("system.wire.rpc_client", "system.gateway.problem_table")
        for one in mutations(source_of(module))
        if excused(module, one)
    ]

    assert out
    assert all(reason.endswith((".", "'s.")) for reason in out)


def test_each_exclusion_still_excludes_something() -> None:
    idle = [
        (where, within, text)
        for where, within, text in OUT_OF_SCOPE
        if where
        and not any(
            within in {"", one.within} or one.within.startswith(f"{within}.")
            for one in mutations(source_of(where))
            if text in one.before or text in one.line
        )
    ]

    assert idle == []


def test_each_equivalent_is_still_there_to_be_argued_about() -> None:
    gone = [
        key
        for key in EQUIVALENT
        if key[1:] not in {(m.within, m.before, m.after) for m in mutations(source_of(key[0]))}
    ]

    assert gone == []
