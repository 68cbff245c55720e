"""The clients service's schemas, repeated by hand."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# SQLite stores what comes after a NUL and cannot find it again, so text has none.
Text = Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$")]


class ClientData(BaseModel):
    """What a client consists of."""

    model_config = ConfigDict(strict=True, extra="forbid")

    surname: Text
    name: Text
    country: Text


class Client(BaseModel):
    """A client as stored; rows older than this service may lack a country."""

    id: int
    surname: str
    name: str
    country: str | None
