"""The clients service's endpoints, repeated by hand: signatures only, the answers come from it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from system.chassis.app import GONE, INVALID, NOT_FOUND
from system.chassis.write_responses import KEYED, WRITTEN
from system.gateway.router import router
from system.gateway.srv_clients import schemas

api = APIRouter()

ClientId = Annotated[int, Path(ge=1, le=2**53 - 1)]
Filter = Annotated[str | None, Query(max_length=255)]
Limit = Annotated[int, Query(ge=1, le=1_000)]
Offset = Annotated[int, Query(ge=0, le=2**53 - 1)]


@router(api, "GET", "/clients", response_model=list[schemas.Client], responses=INVALID)
async def list_clients(
    surname: Filter = None,
    name: Filter = None,
    country: Filter = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> None:
    """List clients by id."""


@router(
    api,
    "POST",
    "/clients",
    status_code=201,
    response_model=schemas.Client,
    openapi_extra=KEYED,
    responses=INVALID | WRITTEN,
)
async def create_client(client: schemas.ClientData) -> None:
    """Create a client."""


@router(
    api,
    "GET",
    "/clients/{client_id}",
    response_model=schemas.Client,
    responses=NOT_FOUND | INVALID,
)
async def get_client(client_id: ClientId) -> None:
    """Return one client."""


@router(
    api,
    "PATCH",
    "/clients/{client_id}",
    status_code=202,
    response_model=schemas.Client,
    openapi_extra=KEYED,
    responses=NOT_FOUND | INVALID | WRITTEN,
)
async def change_client(client_id: ClientId, client: schemas.ClientData) -> None:
    """Replace what a client consists of."""


@router(
    api,
    "DELETE",
    "/clients/{client_id}",
    status_code=202,
    openapi_extra=KEYED,
    responses=GONE | NOT_FOUND | INVALID | WRITTEN,
)
async def delete_client(client_id: ClientId) -> None:
    """Delete a client."""
