"""Keeps notes in memory."""

import itertools
from typing import Annotated

from fastapi import FastAPI, HTTPException, Path
from notebook.answers import Problem, Rejected, say_no
from pydantic import BaseModel, ConfigDict, Field

app = FastAPI(openapi_url="/api.json")
say_no(app)
kept: dict[int, str] = {}
numbers = itertools.count(1)
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class Draft(BaseModel):
    """A note that has no number yet."""

    model_config = ConfigDict(strict=True, extra="forbid")
    text: str = Field(max_length=200)


class Note(BaseModel):
    """A note."""

    number: int
    text: str


@app.get("/ping", include_in_schema=False)
async def ping() -> str:
    """Say that it lives."""
    return "pong"


@app.get("/notes")
async def list_notes() -> list[Note]:
    """Return the last twenty."""
    return [Note(number=n, text=kept[n]) for n in sorted(kept)[-20:]]


@app.post("/notes", status_code=201, responses={400: {"model": Problem}, 422: {"model": Rejected}})
async def write_note(draft: Draft) -> Note:
    """Keep a note."""
    number = next(numbers)
    kept[number] = draft.text
    return Note(number=number, text=draft.text)


@app.get("/notes/{number}", responses={404: {"model": Problem}, 422: {"model": Rejected}})
async def read_note(number: Number) -> Note:
    """Return one note."""
    if number not in kept:
        raise HTTPException(404, "no such note")
    return Note(number=number, text=kept[number])


@app.delete(
    "/notes/{number}",
    status_code=204,
    responses={404: {"model": Problem}, 422: {"model": Rejected}},
)
async def tear_out(number: Number) -> None:
    """Forget a note."""
    if kept.pop(number, None) is None:
        raise HTTPException(404, "no such note")
