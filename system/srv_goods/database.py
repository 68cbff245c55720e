"""The goods service's settings and its database."""

from pathlib import Path

from system.chassis.sqlite import Database
from system.settings import Settings
from system.srv_goods.models import Base

CONFIG = Path(__file__).with_name("config") / "local.yaml"


class GoodsSettings(Settings):
    """Where goods, and answers under a key, are kept, and whom to ask what is in stock."""

    database: Path
    idempotency_kept_s: float
    supplier_url: str
    supplier_connections: int
    supplier_timeout_s: float


async def open_database(settings: GoodsSettings) -> Database:
    """Open the database and create what tables are missing."""
    database = Database(settings.database, answers_kept_s=settings.idempotency_kept_s)
    await database.create(Base.metadata)
    return database
