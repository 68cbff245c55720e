"""The clients service: HTTP in, SQLite behind. `gunicorn ... system.srv_clients.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, HTTPException, Path, Query

from system import logs
from system.chassis.app import GONE, INVALID, NOT_FOUND, Told
from system.chassis.service import ServiceSettings, build_service
from system.chassis.sqlite import Database
from system.chassis.write_responses import KEYED, WRITTEN
from system.settings import load_settings
from system.srv_clients import querysets, schemas
from system.srv_clients.database import CONFIG, open_database
from system.srv_clients.models import Client

ClientId = Annotated[int, Path(ge=1, le=2**53 - 1)]
Filter = Annotated[str | None, Query(max_length=255)]
Limit = Annotated[int, Query(ge=1, le=1_000)]
Offset = Annotated[int, Query(ge=0, le=2**53 - 1)]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Hold the database open, in the worker and not in the preloading master."""
    settings = load_settings(CONFIG, ServiceSettings)
    logs.configure("srv_clients")
    app.state.heads = settings.heads
    app.state.most_body_bytes = settings.most_body_bytes
    app.state.held_bodies = settings.body_budget()
    app.state.database = await open_database(settings)
    try:
        yield
    finally:
        await database().close()


def database() -> Database:
    """Return this worker's database."""
    opened: Database = app.state.database
    return opened


async def ready() -> Told | None:
    """Tell whether the database answers."""
    return {} if await database().answers() else None


app = build_service("srv_clients", lifespan, ready)


def found(client: Client | None) -> Client:
    """Return the client, or answer 404."""
    if client is None:
        raise HTTPException(404, "Client not found")
    return client


@app.get("/clients", response_model=list[schemas.Client], responses=INVALID)
async def list_clients(
    surname: Filter = None,
    name: Filter = None,
    country: Filter = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> object:
    """List clients by id."""
    filters = {"surname": surname, "name": name, "country": country}
    async with database().reading() as session:
        return await querysets.list_clients(session, filters, limit, offset)


@app.post(
    "/clients",
    status_code=201,
    response_model=schemas.Client,
    openapi_extra=KEYED,
    responses=INVALID | WRITTEN,
)
async def create_client(client: schemas.ClientData) -> object:
    """Create a client."""
    async with database().writing() as session:
        return await querysets.add_client(session, client)


@app.get("/clients/{client_id}", response_model=schemas.Client, responses=NOT_FOUND | INVALID)
async def get_client(client_id: ClientId) -> object:
    """Return one client."""
    async with database().reading() as session:
        return found(await querysets.get_client(session, client_id))


@app.patch(
    "/clients/{client_id}",
    status_code=202,
    response_model=schemas.Client,
    openapi_extra=KEYED,
    responses=NOT_FOUND | INVALID | WRITTEN,
)
async def change_client(client_id: ClientId, client: schemas.ClientData) -> object:
    """Replace what a client consists of."""
    async with database().writing() as session:
        return found(await querysets.change_client(session, client_id, client))


@app.delete(
    "/clients/{client_id}",
    status_code=202,
    openapi_extra=KEYED,
    responses=GONE | NOT_FOUND | INVALID | WRITTEN,
)
async def delete_client(client_id: ClientId) -> None:
    """Delete a client."""
    async with database().writing() as session:
        if not await querysets.delete_client(session, client_id):
            raise HTTPException(404, "Client not found")
