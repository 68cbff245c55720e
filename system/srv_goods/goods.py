"""The routes of /goods."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException

from system.chassis.app import GONE, INVALID, NOT_FOUND, Detail, Responses
from system.chassis.sqlite import Database
from system.chassis.write_responses import KEYED, WRITTEN
from system.srv_goods import querysets, schemas
from system.srv_goods.models import Goods
from system.srv_goods.parameters import (
    KeyFilter,
    Limit,
    NameFilter,
    Offset,
    RowId,
    database,
    found,
    supplier,
)
from system.srv_goods.supply import Supplier

api = APIRouter()
Db = Annotated[Database, Depends(database)]
SUPPLIER_SILENT: Responses = {502: {"model": Detail, "description": "The supplier did not answer"}}


@api.get("/goods", response_model=list[schemas.Goods], responses=INVALID)
async def list_goods(
    db: Db,
    name: NameFilter = None,
    category_id: KeyFilter = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> object:
    """List goods by id."""
    filters: dict[str, object] = {"name": name, "category_id": category_id}
    async with db.reading() as session:
        return await querysets.list_rows(session, Goods, filters, limit, offset)


@api.post(
    "/goods",
    status_code=201,
    response_model=schemas.Goods,
    openapi_extra=KEYED,
    responses=INVALID | WRITTEN,
)
async def create_goods(db: Db, goods: schemas.GoodsData) -> object:
    """Create an article."""
    async with db.writing() as session:
        return await querysets.add_row(session, querysets.new_goods(goods))


# The convertor takes digits alone: /goods/categories is no article, whatever is done to it.
@api.get("/goods/{goods_id:int}", response_model=schemas.Goods, responses=NOT_FOUND | INVALID)
async def get_goods(db: Db, goods_id: RowId) -> object:
    """Return one article."""
    async with db.reading() as session:
        return found(await querysets.get_row(session, Goods, goods_id), "Goods")


@api.patch(
    "/goods/{goods_id:int}",
    status_code=202,
    response_model=schemas.Goods,
    openapi_extra=KEYED,
    responses=NOT_FOUND | INVALID | WRITTEN,
)
async def change_goods(db: Db, goods_id: RowId, goods: schemas.GoodsData) -> object:
    """Replace what an article consists of."""
    async with db.writing() as session:
        return found(await querysets.change_goods(session, goods_id, goods), "Goods")


@api.delete(
    "/goods/{goods_id:int}",
    status_code=202,
    openapi_extra=KEYED,
    responses=GONE | NOT_FOUND | INVALID | WRITTEN,
)
async def delete_goods(db: Db, goods_id: RowId) -> None:
    """Delete an article."""
    async with db.writing() as session:
        if not await querysets.delete_row(session, Goods, goods_id):
            raise HTTPException(404, "Goods not found")


@api.get(
    "/goods/{goods_id:int}/availability",
    response_model=schemas.Availability,
    responses=NOT_FOUND | INVALID | SUPPLIER_SILENT,
)
async def get_availability(
    db: Db, supply: Annotated[Supplier, Depends(supplier)], goods_id: RowId
) -> schemas.Availability:
    """Ask the supplier how many pieces it has."""
    async with db.reading() as session:
        found(await querysets.get_row(session, Goods, goods_id), "Goods")
    # The database is let go first: the supplier takes its time.
    return schemas.Availability(goods_id=goods_id, in_stock=await supply.in_stock(goods_id))
