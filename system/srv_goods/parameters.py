"""What the routes of the goods service have in common."""

from typing import Annotated, TypeVar

from fastapi import HTTPException, Path, Query, Request

from system.chassis.sqlite import Database
from system.srv_goods.supply import Supplier

RowId = Annotated[int, Path(ge=1, le=2**53 - 1)]
NameFilter = Annotated[str | None, Query(max_length=255)]
KeyFilter = Annotated[int | None, Query(ge=1, le=2**53 - 1)]
Limit = Annotated[int, Query(ge=1, le=1_000)]
Offset = Annotated[int, Query(ge=0, le=2**53 - 1)]

Row = TypeVar("Row")


def database(request: Request) -> Database:
    """Return this worker's database."""
    opened: Database = request.app.state.resources.database
    return opened


def supplier(request: Request) -> Supplier:
    """Return this worker's way to the supplier."""
    opened: Supplier = request.app.state.resources.supplier
    return opened


def found(row: Row | None, what: str) -> Row:
    """Return the row, or answer 404."""
    if row is None:
        raise HTTPException(404, f"{what} not found")
    return row
