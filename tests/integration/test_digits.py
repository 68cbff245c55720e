"""A number of more digits than Python reads is refused or capped, wherever it is written."""

from collections.abc import Iterator

import httpx
import pytest

from testcontainers_fixtures.engines.child import Child
from tests.integration.lone_part import alone
from tests.integration.raw_http import status, told

pytestmark = pytest.mark.timeout(120)

# Python reads 4,300 of them.
LENGTHS = (4_300, 4_301, 50_000)
PARTS = {
    "gateway": {"RMQ_PASS": "unused", "RMQ_PORT": "1"},
    "srv_clients": {},
    "srv_goods": {},
}


@pytest.fixture(scope="module", params=PARTS)
def part(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Child]]:
    """Give a gateway (its broker is not there), and each service."""
    folder = tmp_path_factory.mktemp(request.param)
    data = {
        "CLIENTS_DATABASE": str(folder / "clients.sqlite3"),
        "GOODS_DATABASE": str(folder / "goods.sqlite3"),
    }
    settings = PARTS[request.param] | data
    with alone(folder, request.param, workers=1, settings=settings) as running:
        yield request.param, running


def known(name: str, paths: list[str]) -> list[str]:
    """Return those of the paths that a part has."""
    return [path for path in paths if name == "gateway" or path.startswith(f"/{name[4:]}")]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_key_in_a_path_or_a_query_is_422(part: tuple[str, Child], length: int) -> None:
    name, running = part
    nines = "9" * length
    paths = known(
        name,
        [
            f"/clients/{nines}",
            f"/clients?limit={nines}",
            f"/clients?offset=-{nines}",
            f"/goods/{nines}",
            f"/goods/{nines}/availability",
            f"/goods/categories/{nines}",
            f"/goods?category_id={nines}",
        ],
    )
    with httpx.Client(base_url=running.url, timeout=10) as client:
        answers = [client.get(path) for path in paths]

    assert {answer.status_code for answer in answers} == {422}
    assert all(answer.json()["detail"][0]["loc"] for answer in answers)


def test_zeros_before_a_key_are_no_other_key(part: tuple[str, Child]) -> None:
    name, running = part
    zeros = "0" * 4_000
    [path, *_] = known(name, [f"/clients/{zeros}7", f"/goods/{zeros}7"])
    answer = httpx.get(f"{running.url}{path}", timeout=10)

    assert answer.status_code == (503 if name == "gateway" else 404)


@pytest.mark.parametrize("length", LENGTHS)
def test_an_integer_in_a_body_is_422(part: tuple[str, Child], length: int) -> None:
    name, running = part
    [path, *_] = known(name, ["/clients", "/goods"])
    fields = '"name":"a","surname":"b","country":"c","price":"1.00"'
    body = f'{{{fields},"category_id":{"9" * length}}}'
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{running.url}{path}", content=body, headers=headers, timeout=10)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "body"


def test_a_body_that_is_no_text_is_400_as_documented(part: tuple[str, Child]) -> None:
    name, running = part
    [path, *_] = known(name, ["/clients", "/goods"])
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(
        f"{running.url}{path}", content=b'{"a":"\xff"}', headers=headers, timeout=10
    )

    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


@pytest.mark.parametrize("length", LENGTHS)
def test_a_content_length_of_zeros_is_the_number_that_it_is(
    part: tuple[str, Child], length: int
) -> None:
    name, running = part
    [path, *_] = known(name, ["/clients", "/goods"])
    head = f"POST {path} HTTP/1.1\r\nHost: part\r\nConnection: close\r\nContent-Length: "
    answer = told(running.url, f"{head}{'0' * length}2\r\n\r\n{{}}".encode())

    assert status(answer) == 422


@pytest.mark.parametrize("digit", ["9", "0"])
@pytest.mark.parametrize("length", LENGTHS)
def test_a_deadline_is_capped(part: tuple[str, Child], length: int, digit: str) -> None:
    name, running = part
    [path, *_] = known(name, ["/clients", "/goods"])
    headers = {"X-Request-Timeout-Ms": digit * length}
    answer = httpx.get(f"{running.url}{path}", headers=headers, timeout=10)

    assert answer.status_code == (503 if name == "gateway" else 200)
