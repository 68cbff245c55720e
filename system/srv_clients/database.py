"""The clients service's settings and its database."""

from pathlib import Path

from system.chassis.sqlite import Database
from system.settings import Settings, load_settings
from system.srv_clients.models import Base

CONFIG = Path(__file__).with_name("config") / "local.yaml"


class ClientsSettings(Settings):
    """Where the clients are kept."""

    database: Path


async def open_database() -> Database:
    """Open the database and create what tables are missing."""
    database = Database(load_settings(CONFIG, ClientsSettings).database)
    await database.create(Base.metadata)
    return database
