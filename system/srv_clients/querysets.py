"""Reads and writes clients."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from system.srv_clients.models import Client
from system.srv_clients.schemas import ClientData


async def list_clients(
    session: AsyncSession, filters: dict[str, str | None], limit: int, offset: int
) -> Sequence[Client]:
    """Return a page of the clients that equal every filter given, by id."""
    wanted = {column: value for column, value in filters.items() if value is not None}
    query = select(Client).filter_by(**wanted).order_by(Client.id).limit(limit).offset(offset)
    return (await session.scalars(query)).all()


async def get_client(session: AsyncSession, client_id: int) -> Client | None:
    """Return one client."""
    return await session.get(Client, client_id)


async def add_client(session: AsyncSession, data: ClientData) -> Client:
    """Store a new client and return it with its id."""
    client = Client(**data.model_dump())
    session.add(client)
    await session.flush()
    return client


async def change_client(session: AsyncSession, client_id: int, data: ClientData) -> Client | None:
    """Replace what a client consists of."""
    client = await get_client(session, client_id)
    if client:
        client.surname, client.name, client.country = data.surname, data.name, data.country
    return client


async def delete_client(session: AsyncSession, client_id: int) -> bool:
    """Delete a client; tell whether there was one."""
    client = await get_client(session, client_id)
    if client:
        await session.delete(client)
    return client is not None
