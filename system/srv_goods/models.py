"""The tables of goods and their categories."""

from decimal import Decimal

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

CENTS_PER_UNIT = 100


class Price(TypeDecorator[Decimal]):
    """A decimal with two places, kept as whole cents: SQLite's own decimals are floats."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _: Dialect) -> int | None:
        """Return the cents."""
        return None if value is None else int(value * CENTS_PER_UNIT)

    def process_result_value(self, value: int | None, _: Dialect) -> Decimal | None:
        """Return the price."""
        return None if value is None else Decimal(value) / CENTS_PER_UNIT


class Base(DeclarativeBase):
    """The tables of this service."""


class Category(Base):
    """A kind of goods."""

    __tablename__ = "categories"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 -- an id is never given twice

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True, comment="Unique name")


class Goods(Base):
    """An article that can be ordered."""

    __tablename__ = "goods"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 -- an id is never given twice

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255), comment="What the catalogue calls it")
    price: Mapped[Decimal] = mapped_column(Price, comment="Price of one piece, in cents")
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
