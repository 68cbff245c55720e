"""A key of a compose service may be spelt in several ways, which all mean one thing."""

from pathlib import Path
from typing import Any

import pytest

from testcontainers_fixtures.compose_file.spellings import seconds, spelt

HERE = Path("/work/shop")


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        ("command", ['python -m "a b"', ["python", "-m", "a b"]]),
        ("environment", [["A=1", "B=x=y", "C"], {"A": 1, "B": "x=y", "C": None}]),
        ("tmpfs", ["/run", ["/run"]]),
        ("build", ["./orders", {"context": "orders"}]),
        ("extra_hosts", [["a=1.2.3.4"], ["a:1.2.3.4"], {"a": "1.2.3.4"}]),
        ("env_file", ["a.env", ["a.env"], [{"path": "a.env"}]]),
        ("networks", [["back"], {"back": {}}]),
        ("secrets", [["key"], [{"source": "key"}]]),
        (
            "healthcheck",
            [{"test": "curl -f x"}, {"test": ["CMD-SHELL", "curl -f x"]}],
        ),
        (
            "volumes",
            [
                ["./init:/init:ro"],
                [{"type": "bind", "source": "init", "target": "/init", "read_only": True}],
            ],
        ),
        (
            "depends_on",
            [["db"], {"db": {"condition": "service_started"}}, {"db": {"required": True}}],
        ),
    ],
)
def test_every_spelling_of_a_key_means_the_same(key: str, spellings: list[Any]) -> None:
    first, *others = (spelt({key: one}, HERE)[key] for one in spellings)

    assert others == [first] * len(others)


@pytest.mark.parametrize(
    ("port", "targets"),
    [
        ("8000", [8000]),
        (8000, [8000]),
        ("80:8000", [8000]),
        ("127.0.0.1:80:8000/tcp", [8000]),
        ("[::1]:80:8000", [8000]),
        ("127.0.0.1::8000", [8000]),
        ("3000-3002:8000-8002", [8000, 8001, 8002]),
        ({"target": 8000, "published": "80"}, [8000]),
    ],
)
def test_a_port_is_the_one_inside(port: object, targets: list[int]) -> None:
    assert [row["target"] for row in spelt({"ports": [port]}, HERE)["ports"]] == targets


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("pgdata:/var/lib/pg", ("volume", "pgdata", "/var/lib/pg", False)),
        ("./init:/init:ro,z", ("bind", "/work/shop/init", "/init", True)),
        ("../other:/x", ("bind", "/work/other", "/x", False)),
        ("/var/cache", ("volume", None, "/var/cache", False)),
    ],
)
def test_a_short_volume_says_what_is_where(text: str, meaning: tuple[object, ...]) -> None:
    [row] = spelt({"volumes": [text]}, HERE)["volumes"]

    assert tuple(row[key] for key in ("type", "source", "target", "read_only")) == meaning


@pytest.mark.parametrize(
    ("duration", "long"), [("1m30s", 90.0), ("500ms", 0.5), ("2h", 7200.0), (5, 5.0), ("1.5s", 1.5)]
)
def test_a_duration_is_so_many_seconds(duration: object, long: float) -> None:
    assert seconds(duration) == long


@pytest.mark.parametrize(
    ("service", "complaint"),
    [
        ({"ports": ["web:80"]}, "ports: expected [[IP:]HOST:]CONTAINER"),
        ({"command": 'python "x'}, "command: No closing quotation"),
        ({"environment": {"A": {"B": 1}}}, "environment: it is no value"),
        ({"volumes": [5]}, "volumes: it is no value"),
        ({"build": "https://somewhere/x.git"}, "build: its context is not on this machine"),
        ({"depends_on": 5}, "depends_on: it is no value"),
    ],
)
def test_what_a_key_cannot_be_is_said_with_the_key(service: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        spelt(service, HERE)
    assert complaint in str(caught.value)


def test_no_duration_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        seconds("soon")
