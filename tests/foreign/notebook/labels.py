"""Knows a few labels."""

from enum import StrEnum

from fastapi import FastAPI
from notebook.answers import Problem, Rejected, say_no
from pydantic import BaseModel

app = FastAPI(openapi_url="/api.json")
say_no(app)


class Colour(StrEnum):
    """The labels there are."""

    RED = "red"
    BLUE = "blue"


class Label(BaseModel):
    """A label and what it is for."""

    colour: Colour
    meaning: str


MEANINGS = {Colour.RED: "urgent", Colour.BLUE: "some day"}


@app.get("/ping", include_in_schema=False)
async def ping() -> str:
    """Say that it lives."""
    return "pong"


@app.get("/labels")
async def list_labels() -> list[Label]:
    """Return every label."""
    return [Label(colour=colour, meaning=meaning) for colour, meaning in MEANINGS.items()]


@app.get("/labels/{colour}", responses={404: {"model": Problem}, 422: {"model": Rejected}})
async def read_label(colour: Colour) -> Label:
    """Return one label."""
    return Label(colour=colour, meaning=MEANINGS[colour])
