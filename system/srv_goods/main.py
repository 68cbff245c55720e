"""The goods service: HTTP in, SQLite and a supplier behind.

Start: `gunicorn ... system.srv_goods.main:app`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError

from system import logs
from system.chassis.app import Told
from system.chassis.service import build_service
from system.chassis.sqlite import Database
from system.settings import load_settings
from system.srv_goods.categories import api as categories
from system.srv_goods.database import CONFIG, GoodsSettings, open_database
from system.srv_goods.goods import api as goods
from system.srv_goods.supply import Supplier, SupplierSilentError

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Resources:
    """What one worker holds open."""

    database: Database
    supplier: Supplier


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Hold database and supplier open, in the worker and not in the preloading master."""
    settings = load_settings(CONFIG, GoodsSettings)
    logs.configure("srv_goods")
    app.state.heads = settings.heads
    app.state.most_body_bytes = settings.most_body_bytes
    app.state.held_bodies = settings.body_budget()
    app.state.resources = Resources(await open_database(settings), Supplier(settings))
    try:
        yield
    finally:
        await app.state.resources.supplier.close()
        await app.state.resources.database.close()


async def ready() -> Told | None:
    """Tell whether the database answers."""
    database: Database = app.state.resources.database
    return {} if await database.answers() else None


app = build_service("srv_goods", lifespan, ready)
# Categories first: their path would fit /goods/{goods_id}.
app.include_router(categories)
app.include_router(goods)


@app.exception_handler(IntegrityError)
async def conflict(_: Request, __: Exception) -> JSONResponse:
    """Answer 409 where a key would be violated."""
    return JSONResponse({"detail": "Conflicts with what is stored"}, status_code=409)


@app.exception_handler(SupplierSilentError)
async def supplier_silent(_: Request, __: Exception) -> JSONResponse:
    """Answer 502 where the supplier does not."""
    log.warning("call failed", reason="supplier_silent")
    return JSONResponse({"detail": "Supplier did not answer"}, status_code=502)
