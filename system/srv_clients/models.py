"""The clients table."""

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The tables of this service."""


class Client(Base):
    """A client of the company."""

    __tablename__ = "clients"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 -- an id is never given twice

    id: Mapped[int] = mapped_column(primary_key=True)
    surname: Mapped[str] = mapped_column(String(255), comment="Family name")
    name: Mapped[str] = mapped_column(String(255), comment="Given name")
    country: Mapped[str | None] = mapped_column(String(255), comment="Country of residence")
