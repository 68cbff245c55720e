"""The clients service's settings and its database."""

from pathlib import Path

from system.chassis.sqlite import Database
from system.settings import Settings, load_settings
from system.srv_clients.models import Base

CONFIG = Path(__file__).with_name("config") / "local.yaml"


class ClientsSettings(Settings):
    """Where the clients are kept, and how long answers under a key are."""

    database: Path
    idempotency_kept_s: float


async def open_database() -> Database:
    """Open the database and create what tables are missing."""
    settings = load_settings(CONFIG, ClientsSettings)
    database = Database(settings.database, answers_kept_s=settings.idempotency_kept_s)
    await database.create(Base.metadata)
    return database
