"""The goods service's settings and its database."""

from pathlib import Path

from system.chassis.service import ServiceSettings
from system.chassis.sqlite import Database
from system.srv_goods.models import Base

CONFIG = Path(__file__).with_name("config") / "local.yaml"


class GoodsSettings(ServiceSettings):
    """A service's settings, and whom to ask what is in stock."""

    supplier_url: str
    supplier_connections: int
    supplier_timeout_s: float


async def open_database(settings: GoodsSettings) -> Database:
    """Open the database and create what tables are missing."""
    database = settings.made_database()
    await database.create(Base.metadata)
    return database
