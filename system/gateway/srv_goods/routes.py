"""The goods service's endpoints, repeated by hand: signatures only, the answers come from it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from system.chassis.app import GONE, INVALID, NOT_FOUND, Detail, Responses
from system.chassis.write_responses import KEYED, WRITTEN
from system.gateway.router import router
from system.gateway.srv_goods import schemas

api = APIRouter()

RowId = Annotated[int, Path(ge=1, le=2**53 - 1)]
NameFilter = Annotated[str | None, Query(max_length=255)]
KeyFilter = Annotated[int | None, Query(ge=1, le=2**53 - 1)]
Limit = Annotated[int, Query(ge=1, le=1_000)]
Offset = Annotated[int, Query(ge=0, le=2**53 - 1)]
SUPPLIER_SILENT: Responses = {502: {"model": Detail, "description": "The supplier did not answer"}}


# Categories first: their path would fit /goods/{goods_id}.
@router(api, "GET", "/goods/categories", response_model=list[schemas.Category], responses=INVALID)
async def list_categories(name: NameFilter = None, limit: Limit = 100, offset: Offset = 0) -> None:
    """List categories by id."""


@router(
    api,
    "POST",
    "/goods/categories",
    status_code=201,
    response_model=schemas.Category,
    openapi_extra=KEYED,
    responses=INVALID | WRITTEN,
)
async def create_category(category: schemas.CategoryData) -> None:
    """Create a category."""


@router(
    api,
    "GET",
    "/goods/categories/{category_id}",
    response_model=schemas.Category,
    responses=NOT_FOUND | INVALID,
)
async def get_category(category_id: RowId) -> None:
    """Return one category."""


@router(
    api,
    "PATCH",
    "/goods/categories/{category_id}",
    status_code=202,
    response_model=schemas.Category,
    openapi_extra=KEYED,
    responses=NOT_FOUND | INVALID | WRITTEN,
)
async def change_category(category_id: RowId, category: schemas.CategoryData) -> None:
    """Rename a category."""


@router(
    api,
    "DELETE",
    "/goods/categories/{category_id}",
    status_code=202,
    openapi_extra=KEYED,
    responses=GONE | NOT_FOUND | INVALID | WRITTEN,
)
async def delete_category(category_id: RowId) -> None:
    """Delete a category that holds no goods."""


@router(api, "GET", "/goods", response_model=list[schemas.Goods], responses=INVALID)
async def list_goods(
    name: NameFilter = None,
    category_id: KeyFilter = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> None:
    """List goods by id."""


@router(
    api,
    "POST",
    "/goods",
    status_code=201,
    response_model=schemas.Goods,
    openapi_extra=KEYED,
    responses=INVALID | WRITTEN,
)
async def create_goods(goods: schemas.GoodsData) -> None:
    """Create an article."""


@router(
    api, "GET", "/goods/{goods_id:int}", response_model=schemas.Goods, responses=NOT_FOUND | INVALID
)
async def get_goods(goods_id: RowId) -> None:
    """Return one article."""


@router(
    api,
    "PATCH",
    "/goods/{goods_id:int}",
    status_code=202,
    response_model=schemas.Goods,
    openapi_extra=KEYED,
    responses=NOT_FOUND | INVALID | WRITTEN,
)
async def change_goods(goods_id: RowId, goods: schemas.GoodsData) -> None:
    """Replace what an article consists of."""


@router(
    api,
    "DELETE",
    "/goods/{goods_id:int}",
    status_code=202,
    openapi_extra=KEYED,
    responses=GONE | NOT_FOUND | INVALID | WRITTEN,
)
async def delete_goods(goods_id: RowId) -> None:
    """Delete an article."""


@router(
    api,
    "GET",
    "/goods/{goods_id:int}/availability",
    response_model=schemas.Availability,
    responses=NOT_FOUND | INVALID | SUPPLIER_SILENT,
)
async def get_availability(goods_id: RowId) -> None:
    """Ask the supplier how many pieces it has."""
