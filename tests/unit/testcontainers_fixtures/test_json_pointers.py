"""Pointers lead where RFC 6901 says, by the examples of its section 5."""

import pytest

from testcontainers_fixtures.json_pointers import escaped, looked_up, steps, unescaped

DOCUMENT = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, " ": 7}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/m~0n", 8),
        ("/ ", 7),
    ],
)
def test_a_pointer_leads_to_its_value(pointer: str, value: object) -> None:
    assert looked_up(DOCUMENT, pointer) == value


@pytest.mark.parametrize("pointer", ["/foo/2", "/foo/x", "/nothing", "/a~1b/c"])
def test_a_pointer_to_nothing_is_an_error(pointer: str) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        looked_up(DOCUMENT, pointer)


@pytest.mark.parametrize("name", ["a/b", "~", "~1", "/~0/", ""])
def test_a_name_comes_back_from_a_pointer_as_it_was(name: str) -> None:
    assert unescaped(escaped(name)) == name
    assert steps(f"/{escaped(name)}/0") == (name, "0")
