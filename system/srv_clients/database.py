"""The clients service's settings and its database."""

from pathlib import Path

from system.chassis.service import ServiceSettings
from system.chassis.sqlite import Database
from system.srv_clients.models import Base

CONFIG = Path(__file__).with_name("config") / "local.yaml"


async def open_database(settings: ServiceSettings) -> Database:
    """Open the database and create what tables are missing."""
    database = settings.made_database()
    await database.create(Base.metadata)
    return database
