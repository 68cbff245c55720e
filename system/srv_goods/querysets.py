"""Reads and writes goods and categories.

A write that would violate a key raises SQLAlchemy's IntegrityError, at the flush.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from system.srv_goods.models import Category, Goods
from system.srv_goods.schemas import CategoryData, GoodsData

Row = TypeVar("Row", Category, Goods)


async def list_rows(
    session: AsyncSession, kind: type[Row], filters: dict[str, object], limit: int, offset: int
) -> Sequence[Row]:
    """Return a page of the rows that equal every filter given, by id."""
    wanted = {column: value for column, value in filters.items() if value is not None}
    query = select(kind).filter_by(**wanted).order_by(kind.id).limit(limit).offset(offset)
    return (await session.scalars(query)).all()


async def get_row(session: AsyncSession, kind: type[Row], row_id: int) -> Row | None:
    """Return one row."""
    return await session.get(kind, row_id)


async def add_row(session: AsyncSession, row: Row) -> Row:
    """Store a new row and return it with its id."""
    session.add(row)
    await session.flush()
    return row


async def delete_row(session: AsyncSession, kind: type[Row], row_id: int) -> bool:
    """Delete a row; tell whether there was one."""
    row = await get_row(session, kind, row_id)
    if row:
        await session.delete(row)
        await session.flush()
    return row is not None


async def change_category(
    session: AsyncSession, category_id: int, data: CategoryData
) -> Category | None:
    """Rename a category."""
    category = await get_row(session, Category, category_id)
    if category:
        category.name = data.name
        await session.flush()
    return category


async def change_goods(session: AsyncSession, goods_id: int, data: GoodsData) -> Goods | None:
    """Replace what an article consists of."""
    goods = await get_row(session, Goods, goods_id)
    if goods:
        goods.name, goods.price, goods.category_id = (
            data.name,
            Decimal(data.price),
            data.category_id,
        )
        await session.flush()
    return goods


def new_goods(data: GoodsData) -> Goods:
    """Return a row that is not stored yet."""
    return Goods(name=data.name, price=Decimal(data.price), category_id=data.category_id)
