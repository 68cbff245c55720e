"""What is written under an Idempotency-Key is written once, and a deadline bounds its beginning."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from system.boot import BOOT
from system.chassis.app import Told
from system.chassis.keys_in_use import KeysInUse
from system.chassis.service import build_service
from system.chassis.sqlite import Database

if TYPE_CHECKING:
    from fastapi import FastAPI

KEY = {"Idempotency-Key": '"8e03978e"'}


class Base(DeclarativeBase):
    """The tables of a small service."""


class Row(Base):
    """Something with a name of its own."""

    __tablename__ = "rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class RowData(BaseModel):
    """What a row consists of."""

    name: str


class Shelf:
    """A small service in this process, over a database file."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.app: FastAPI = build_service("shelf", None, self.ready)  # type: ignore[arg-type] # needs no lifespan
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="http://shelf",
        )
        self.entered: list[str] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.app.post("/rows", status_code=201)(self.create)
        self.app.delete("/rows/{row_id}", status_code=202)(self.delete)
        self.app.add_exception_handler(IntegrityError, self.conflict)

    async def ready(self) -> Told:
        return {}

    async def create(self, row: RowData) -> dict[str, object]:
        async with self.database.writing() as session:
            self.entered.append(row.name)
            session.add(stored := Row(name=row.name))
            await session.flush()
            if row.name == "crash":
                raise ZeroDivisionError
            if row.name.startswith("fail "):
                raise HTTPException(int(row.name.removeprefix("fail ")))
            await self.go_on.wait()
            return {"id": stored.id, "name": stored.name}

    async def delete(self, row_id: int) -> None:
        async with self.database.writing() as session:
            if (found := await session.get(Row, row_id)) is None:
                raise HTTPException(404, "Row not found")
            await session.delete(found)

    async def conflict(self, *_: object) -> JSONResponse:
        return JSONResponse({"detail": "taken"}, 409)

    async def post(self, name: str, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/rows", json={"name": name}, headers=KEY | sent)

    def names(self) -> list[str]:
        with closing(sqlite3.connect(self.database.path)) as other:
            return [name for (name,) in other.execute("SELECT name FROM rows ORDER BY id")]

    def kept(self) -> list[str]:
        with closing(sqlite3.connect(self.database.path)) as other:
            return [key for (key,) in other.execute("SELECT key FROM idempotency_answers")]


Open = Callable[..., AbstractAsyncContextManager[Shelf]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Give what opens the service over one and the same database."""

    @asynccontextmanager
    async def opened(*, kept_s: float = 60.0) -> AsyncIterator[Shelf]:
        database = Database(tmp_path / "rows.sqlite3", answers_kept_s=kept_s)
        await database.create(Base.metadata)
        shelf = Shelf(database)
        async with shelf.client:
            yield shelf
        await database.close()

    return opened


@pytest.fixture
async def shelf(opened: Open) -> AsyncIterator[Shelf]:
    """Give the service."""
    async with opened() as shelf:
        yield shelf


def due(in_s: float) -> str:
    """Return the X-Deadline of a caller on this machine."""
    return (
        f"boot={BOOT}; monotonic={time.monotonic() + in_s:.6f};"
        f" wall={time.time() + in_s - 3_600:.6f}"
    )


async def test_a_request_that_comes_again_gets_the_same_answer_and_writes_nothing(
    shelf: Shelf,
) -> None:
    first, again = await shelf.post("a"), await shelf.post("a")

    assert (first.status_code, first.json()) == (201, {"id": 1, "name": "a"})
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert shelf.names() == ["a"]
    assert shelf.entered == ["a"]


async def test_another_request_under_the_key_is_422_in_the_shape_of_every_422(shelf: Shelf) -> None:
    await shelf.post("a")
    other = await shelf.post("b")
    queried = await shelf.client.post("/rows?x=1", json={"name": "a"}, headers=KEY)

    assert (other.status_code, queried.status_code) == (422, 422)
    assert set(other.json()["detail"][0]) == {"loc", "msg", "type"}
    assert shelf.names() == ["a"]


async def test_a_repeat_during_the_first_waits_for_its_answer(shelf: Shelf) -> None:
    shelf.go_on.clear()
    calls = [asyncio.create_task(shelf.post("a")) for _ in range(5)]
    await asyncio.sleep(0.1)
    before = [call.done() for call in calls]
    shelf.go_on.set()
    answers = await asyncio.gather(*calls)

    assert before == [False] * 5
    assert {answer.content for answer in answers} == {b'{"id":1,"name":"a"}'}
    assert shelf.entered == ["a"]


async def test_a_repeat_that_cannot_wait_so_long_is_409_before_its_deadline(shelf: Shelf) -> None:
    shelf.go_on.clear()
    first = asyncio.create_task(shelf.post("a"))
    await asyncio.sleep(0.05)
    begun_s = time.monotonic()
    again = await shelf.post("a", X_Deadline=due(0.4))
    took_s = time.monotonic() - begun_s
    shelf.go_on.set()
    await first

    assert (again.status_code, again.headers["Retry-After"]) == (409, "1")
    assert took_s < 0.4
    assert shelf.names() == ["a"]


async def test_a_request_that_others_keep_waiting_is_504_and_no_conflict(shelf: Shelf) -> None:
    shelf.go_on.clear()
    first = asyncio.create_task(shelf.post("a"))
    await asyncio.sleep(0.05)
    other = await shelf.post("b", X_Deadline=due(0.3), Idempotency_Key="another")
    plain = await shelf.client.post("/rows", json={"name": "c"}, headers={"X-Deadline": due(0.2)})
    shelf.go_on.set()
    await first

    assert [(a.status_code, a.json()["reason"]) for a in (other, plain)] == [(504, "deadline")] * 2
    assert other.headers["Content-Type"] == "application/problem+json"
    assert shelf.names() == ["a"]


@pytest.mark.alone
async def test_what_another_process_holds_is_waited_for_until_the_deadline_only(
    shelf: Shelf,
) -> None:
    with closing(sqlite3.connect(shelf.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun_s = time.monotonic()
        answer = await shelf.post("a", X_Deadline=due(0.3))
        took_s = time.monotonic() - begun_s

    assert answer.status_code == 504
    assert took_s == pytest.approx(0.3, abs=0.15)
    assert (await shelf.post("a")).status_code == 201


async def test_a_call_that_is_late_already_writes_nothing(shelf: Shelf) -> None:
    late = await shelf.post("a", X_Deadline=due(-0.001))
    elsewhere = f"boot=other; monotonic=1.000000; wall={time.time() - 1:.6f}"
    late_elsewhere = await shelf.post("a", X_Deadline=elsewhere)

    assert (late.status_code, late_elsewhere.status_code) == (504, 504)
    assert shelf.names() == shelf.kept() == []


@pytest.mark.parametrize(
    "header",
    ["soon", "boot=x; monotonic=1; wall=2", "boot=; ", due(9)[:-1]],
    ids=["no deadline", "whole seconds", "cut off", "a digit short"],
)
async def test_a_deadline_that_cannot_be_read_is_400(shelf: Shelf, header: str) -> None:
    answer = await shelf.post("a", X_Deadline=header)

    assert answer.status_code == 400
    assert shelf.names() == []


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "caf\xe9", "a\tb"])
async def test_a_key_that_is_no_key_is_400(shelf: Shelf, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]
    answer = await shelf.client.post("/rows", json={"name": "a"}, headers=headers)

    assert answer.status_code == 400
    assert set(answer.json()) == {"detail"}
    assert shelf.names() == []


async def test_two_keys_are_400(shelf: Shelf) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]

    assert (
        await shelf.client.post("/rows", json={"name": "a"}, headers=headers)
    ).status_code == 400


async def test_a_failure_keeps_nothing_and_may_be_tried_again(shelf: Shelf) -> None:
    failed = [(await shelf.post("crash")).status_code for _ in range(2)]

    assert failed == [500, 500]
    assert shelf.entered == ["crash", "crash"]
    assert shelf.names() == shelf.kept() == []


@pytest.mark.parametrize("status", [500, 503])
async def test_an_answer_that_says_the_service_failed_is_not_kept(
    shelf: Shelf, status: int
) -> None:
    failed = [(await shelf.post(f"fail {status}")).status_code for _ in range(2)]

    assert failed == [status, status]
    assert len(shelf.entered) == 2
    assert shelf.names() == shelf.kept() == []


async def test_a_refusal_is_kept_while_what_led_to_it_is_undone(shelf: Shelf) -> None:
    missing = await shelf.client.delete("/rows/1", headers=KEY)
    await shelf.client.post("/rows", json={"name": "a"})
    again = await shelf.client.delete("/rows/1", headers=KEY)

    assert (missing.status_code, again.status_code) == (404, 404)
    assert again.content == missing.content
    assert shelf.names() == ["a"]


async def test_a_conflict_is_kept_although_the_write_that_met_it_broke(shelf: Shelf) -> None:
    await shelf.client.post("/rows", json={"name": "a"})
    taken = await shelf.post("a")
    await shelf.client.delete("/rows/1")
    again = await shelf.post("a")

    assert (taken.status_code, again.status_code) == (409, 409)
    assert shelf.names() == []


async def test_a_request_that_does_not_fit_keeps_nothing(shelf: Shelf) -> None:
    answer = await shelf.client.post("/rows", json={"nam": "a"}, headers=KEY)

    assert answer.status_code == 422
    assert (await shelf.post("a")).status_code == 201


async def test_answers_are_kept_over_a_restart_and_for_their_time(opened: Open) -> None:
    async with opened(kept_s=1.0) as shelf:
        await shelf.post("a")
    async with opened(kept_s=1.0) as shelf:
        again = await shelf.client.post("/rows", json={"name": "a"}, headers=KEY)
        await asyncio.sleep(1.1)
        later = await shelf.post("b")

        assert again.json() == {"id": 1, "name": "a"}
        assert later.json() == {"id": 2, "name": "b"}


async def test_what_has_expired_goes_with_what_is_kept_next(opened: Open) -> None:
    async with opened(kept_s=-1.0) as shelf:
        for n in range(20):
            await shelf.post(f"{n}", Idempotency_Key=f"key-{n}")
        before = len(shelf.kept())
        shelf.database.answers_kept_s = 60.0
        await shelf.post("last")

        assert len(shelf.names()) == 21
        assert before <= 3
        assert '"8e03978e"' in shelf.kept()


def test_a_claim_is_one_processs_and_is_dropped_when_given_back(tmp_path: Path) -> None:
    claims = KeysInUse(tmp_path / "claims")
    taken = claims.take("a"), claims.take("a"), claims.take("b")
    claims.give_back("a")

    assert taken == (True, False, True)
    assert repr(claims) == "<KeysInUse 1 held>"
    assert claims.take("a")


DAY_S = 24 * 60 * 60.0


async def test_a_clock_that_is_set_forward_loses_no_answer(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = time.time
    async with opened(kept_s=DAY_S) as shelf:
        monkeypatch.setattr(time, "time", lambda: right() - 2 * DAY_S)
        first = await shelf.post("a")
    async with opened(kept_s=DAY_S) as shelf:
        monkeypatch.setattr(time, "time", right)
        await shelf.post("b", Idempotency_Key='"another"')  # takes away what has expired
        again = await shelf.post("a")

        assert (first.json(), again.json()) == ({"id": 1, "name": "a"},) * 2
        assert shelf.entered == ["b"]


async def test_a_database_of_before_loses_no_answer_to_its_trigger_either(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = time.time
    async with opened() as shelf:
        with closing(sqlite3.connect(shelf.database.path)) as other:
            other.execute(
                "CREATE TRIGGER idempotency_answers_expire AFTER INSERT ON idempotency_answers"
                " BEGIN DELETE FROM idempotency_answers"
                " WHERE expires_s <= CAST(strftime('%s') AS REAL);"
                " END"
            )
    monkeypatch.setattr(time, "time", lambda: right() - 2 * DAY_S)
    async with opened(kept_s=DAY_S) as shelf:
        await shelf.post("a")

        assert len(shelf.kept()) == 1


async def test_a_clock_that_is_set_back_keeps_no_answer_longer(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = time.time
    async with opened(kept_s=0.5) as shelf:
        await shelf.post("a")
        monkeypatch.setattr(time, "time", lambda: right() - 2 * DAY_S)
        await asyncio.sleep(0.6)
        later = await shelf.post("b")

        assert later.json() == {"id": 2, "name": "b"}
