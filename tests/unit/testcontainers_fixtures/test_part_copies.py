"""Copies are told part by part, in any order and more than once, or refused in one sentence."""

import pytest

from testcontainers_fixtures.copy_counts import AS_STATED, CopyCounts
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.part_copies import part_copies
from testcontainers_fixtures.stack_spec import Part

WORKER = Part(role="resolver", command=("x",), ready="log x")
PARTS = {
    "users": WORKER,
    "tags": WORKER,
    "orders": Part(role="service", command=("x",), port=1),
}


@pytest.mark.parametrize(
    ("texts", "meaning"),
    [
        ([], {}),
        (["tags=2"], {"tags": (2,)}),
        (["users=4,1,1"], {"users": (1, 4)}),
        (["tags=1,2,users=3"], {"tags": (1, 2), "users": (3,)}),
        (["users=3", "tags=1", "tags=2"], {"tags": (1, 2), "users": (3,)}),
    ],
)
def test_copies_are_told_part_by_part(
    texts: list[str], meaning: dict[str, tuple[int, ...]]
) -> None:
    found = part_copies(texts, PARTS)

    assert found == meaning
    assert list(found) == sorted(found)


def test_without_a_configuration_there_are_as_many_as_the_stack_file_says() -> None:
    gateway = Part(role="gateway", command=("x",), port=1, workers=2)
    service = Part(role="service", command=("x",), port=1, workers=3)
    worker = Part(role="resolver", command=("x",), ready="log x", copies=4)

    assert [AS_STATED.workers(one) for one in (gateway, service)] == [2, 3]
    assert AS_STATED.copies("worker", worker) == 4
    assert "the stack file's worker(s)" in str(AS_STATED)
    assert [CopyCounts().workers(one) for one in (gateway, service)] == [1, 1]
    assert CopyCounts(resolvers=2).copies("worker", worker) == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2", "such as tags=1,2"),
        ("tags=", "got 'tags='"),
        ("tags=0", "numbers from 1 to 64; got 'tags=0'"),
        ("tags=65", "numbers from 1 to 64"),
        ("tgs=1", "names 'tgs', which is no part here (did you mean `tags`?)"),
        ("orders=2", "that part is a service, of which there is one; copies are for resolvers"),
    ],
)
def test_copies_that_cannot_be_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(SpecError) as caught:
        part_copies([text], PARTS)

    assert complaint in str(caught.value)


def test_a_part_that_is_told_by_itself_leaves_the_others_as_they_are() -> None:
    counts = CopyCounts(resolvers=3, of_parts=(("tags", 2),))

    assert counts.copies("tags", WORKER) == 2
    assert counts.copies("users", WORKER) == 3
    assert str(counts).endswith("prefetch 32, 2 x tags")
