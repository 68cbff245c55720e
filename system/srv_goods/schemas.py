"""What the goods service takes and gives."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

# SQLite stores what comes after a NUL and cannot find it again, so text has none.
Text = Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$")]


def whole(number: object) -> object:
    """Take 5.0 for 5: to JSON Schema both are integers, to strict validation they are not."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


# The largest integer that every JSON reader keeps exactly.
Key = Annotated[int, Field(ge=1, le=2**53 - 1), BeforeValidator(whole)]

PRICE_PATTERN = r"^(0|[1-9][0-9]{0,7})\.[0-9]{2}$"
PriceText = Annotated[str, Field(pattern=PRICE_PATTERN)]

# On the wire a price is text with two decimals: JSON's numbers are binary and would round it.
StoredPrice = Annotated[
    Decimal,
    PlainSerializer(lambda price: f"{price:.2f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": PRICE_PATTERN}),
]


class CategoryData(BaseModel):
    """What a category consists of; its name is unique."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: Text


class Category(BaseModel):
    """A category as stored."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str


class GoodsData(BaseModel):
    """What an article consists of; its category must exist."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: Text
    price: PriceText
    category_id: Key


class Goods(BaseModel):
    """An article as stored."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    price: StoredPrice
    category_id: int


class Availability(BaseModel):
    """How many pieces the supplier has."""

    goods_id: int
    in_stock: int
