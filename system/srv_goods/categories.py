"""The routes of /goods/categories."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException

from system.chassis.app import GONE, INVALID, NOT_FOUND
from system.chassis.sqlite import Database
from system.chassis.write_responses import KEYED, WRITTEN
from system.srv_goods import querysets, schemas
from system.srv_goods.models import Category
from system.srv_goods.parameters import Limit, NameFilter, Offset, RowId, database, found

api = APIRouter()
Db = Annotated[Database, Depends(database)]


@api.get("/goods/categories", response_model=list[schemas.Category], responses=INVALID)
async def list_categories(
    db: Db, name: NameFilter = None, limit: Limit = 100, offset: Offset = 0
) -> object:
    """List categories by id."""
    async with db.reading() as session:
        return await querysets.list_rows(session, Category, {"name": name}, limit, offset)


@api.post(
    "/goods/categories",
    status_code=201,
    response_model=schemas.Category,
    openapi_extra=KEYED,
    responses=INVALID | WRITTEN,
)
async def create_category(db: Db, category: schemas.CategoryData) -> object:
    """Create a category."""
    async with db.writing() as session:
        return await querysets.add_row(session, Category(name=category.name))


@api.get(
    "/goods/categories/{category_id}",
    response_model=schemas.Category,
    responses=NOT_FOUND | INVALID,
)
async def get_category(db: Db, category_id: RowId) -> object:
    """Return one category."""
    async with db.reading() as session:
        return found(await querysets.get_row(session, Category, category_id), "Category")


@api.patch(
    "/goods/categories/{category_id}",
    status_code=202,
    response_model=schemas.Category,
    openapi_extra=KEYED,
    responses=NOT_FOUND | INVALID | WRITTEN,
)
async def change_category(db: Db, category_id: RowId, category: schemas.CategoryData) -> object:
    """Rename a category."""
    async with db.writing() as session:
        return found(await querysets.change_category(session, category_id, category), "Category")


@api.delete(
    "/goods/categories/{category_id}",
    status_code=202,
    openapi_extra=KEYED,
    responses=GONE | NOT_FOUND | INVALID | WRITTEN,
)
async def delete_category(db: Db, category_id: RowId) -> None:
    """Delete a category that holds no goods."""
    async with db.writing() as session:
        if not await querysets.delete_row(session, Category, category_id):
            raise HTTPException(404, "Category not found")
