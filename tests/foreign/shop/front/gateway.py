"""The shop's gateway: who has logged in asks for orders and articles, which go over an exchange.

It repeats by hand what its workers document (`orders/*.openapi.json`), below /api/v1. `SHOP_DRIFTS`
names ways in which it does so wrongly, for trials: `python gateway.py HOST PORT`.
"""

import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import aio_pika
import jwt  # type: ignore[import-not-found]
import uvicorn
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

ANSWER_S = 1.0
TOKEN_S = 120
DRIFTS = frozenset(os.environ.get("SHOP_DRIFTS", "").split(","))
SECRET = os.environ["SHOP_JWT_SECRET"]
PASSWORD = os.environ["SHOP_PASSWORD"]
NO_NUL = "^[^\\u0000]*$"  # which PostgreSQL does not take
SHORT = 20 if "short-item" in DRIFTS else 60
Few, All = Literal["new", "paid", "sent"], Literal["new", "paid", "sent", "returned"]
# Pydantic reads `...` as required.
NOTE: Any = ... if "note-required" in DRIFTS else None
if TYPE_CHECKING:
    State = str
elif "no-returns" in DRIFTS:
    State = Literal["new", "paid", "sent"]
else:
    State = Literal["new", "paid", "sent", "returned"]
Text = Annotated[str, Field(min_length=1, max_length=60, pattern=NO_NUL)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
Limit = Annotated[int, Query(ge=1, le=100)]
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"description": "It is no JSON"},
    401: {"description": "Nobody has logged in"},
    503: {"description": "The broker or the database does not answer"},
    504: {"description": "No answer in time: it may have been done"},
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such row"}}


class Strict(BaseModel):
    """A body of which every field is known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewOrder(Strict):
    """What is ordered."""

    item: Annotated[str, Field(min_length=1, max_length=SHORT, pattern=NO_NUL)]
    state: State = "new"
    note: Annotated[str, Field(max_length=200, pattern=NO_NUL)] | None = NOTE


class Order(NewOrder):
    """An order."""

    model_config = ConfigDict(strict=False)  # numbers come as text
    id: uuid.UUID


def whole(value: object) -> object:
    """Return a number that is whole as such."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class NewArticle(Strict):
    """What is to be sold."""

    title: Text
    # JSON has one kind of number: 100.0 is as whole as 100.
    price_cents: Annotated[int, Field(ge=0, le=10_000_000), BeforeValidator(whole)]


class Article(NewArticle):
    """An article."""

    model_config = ConfigDict(strict=False)
    id: uuid.UUID


class Orders(BaseModel):
    """A page of orders."""

    items: list[Order]
    total: int


class CountedOrders(BaseModel):
    """A page of orders, under another name for its total."""

    items: list[Order]
    count: int


class Articles(BaseModel):
    """A page of articles."""

    items: list[Article]
    total: int


class Password(Strict):
    """Who wants to come in."""

    user: str
    password: str


class Token(BaseModel):
    """What lets somebody in, and for how many seconds."""

    token: str
    expires_in: int


class Calls:
    """What is asked and not yet answered, over a reply queue of this process alone."""

    def __init__(self) -> None:
        self.exchange: AbstractExchange | None = None
        self.reply_to = f"shop.front.{uuid.uuid4().hex}"
        self.waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    @asynccontextmanager
    async def connected(self, _: FastAPI) -> AsyncIterator[None]:
        """Hold a connection for as long as the application runs."""
        async with await aio_pika.connect_robust(os.environ["AMQP"]) as connection:
            channel = await connection.channel()
            self.exchange = await channel.declare_exchange(
                "shop", aio_pika.ExchangeType.TOPIC, durable=True
            )
            # Named, so that it is the same once the connection has come again.
            replies = await channel.declare_queue(self.reply_to, exclusive=True)
            await replies.consume(self.heard, no_ack=True)
            yield

    async def heard(self, message: AbstractIncomingMessage) -> None:
        """Hand an answer to who waits for it; a late one to nobody."""
        future = self.waiting.pop(message.correlation_id or "", None)
        if future is not None and not future.done():
            future.set_result(json.loads(message.body))

    async def answer(self, key: str, **call: object) -> Any:  # noqa: ANN401 -- any JSON
        """Ask, and return the answer's body; what is no success is raised as it is answered."""
        known, future = uuid.uuid4().hex, asyncio.get_running_loop().create_future()
        self.waiting[known] = future
        message = aio_pika.Message(
            json.dumps(call).encode(), correlation_id=known, reply_to=self.reply_to
        )
        try:
            async with asyncio.timeout(ANSWER_S):
                assert self.exchange  # noqa: S101 -- held before the first request is let in
                await self.exchange.publish(message, routing_key=key)
                told = await future
        except TimeoutError:
            raise HTTPException(504, "no answer in time") from None
        except (aio_pika.exceptions.AMQPException, OSError) as error:
            raise HTTPException(503, "the broker does not answer") from error
        finally:
            self.waiting.pop(known, None)
        if told["status"] >= 400:  # noqa: PLR2004 -- as HTTP has it
            raise HTTPException(told["status"], told["body"]["detail"])
        return told["body"]


calls = Calls()
app = FastAPI(title="shop", version="1", lifespan=calls.connected)
bearer = HTTPBearer(auto_error=False)


def logged_in(
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> str:
    """Return who asks; 401 for nobody."""
    try:
        token = given.credentials if given else ""
        return str(jwt.decode(token, SECRET, algorithms=["HS256"])["sub"])
    except jwt.InvalidTokenError:
        raise HTTPException(401, "log in first", {"WWW-Authenticate": "Bearer"}) from None


@app.exception_handler(RequestValidationError)
async def not_valid(_: Request, error: RequestValidationError) -> JSONResponse:
    """Say what is not valid without repeating it: a number may be beyond all that JSON can say."""
    told = [{key: one[key] for key in ("type", "loc", "msg")} for one in error.errors()]
    unread = any(one["type"] == "json_invalid" for one in told)
    return JSONResponse({"detail": told}, status_code=400 if unread else 422)


@app.get("/health", include_in_schema=False)
async def health() -> dict[str, str]:
    """Tell that it is up."""
    return {"status": "up"}


@app.post("/api/v1/login", responses={401: {"description": "Another password"}})
async def login(who: Password) -> Token:
    """Return a token for who knows the password."""
    if who.password != PASSWORD:
        raise HTTPException(401, "no such user, or another password")
    claims = {"sub": who.user, "exp": int(time.time()) + TOKEN_S, "jti": uuid.uuid4().hex}
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    return Token(token=token, expires_in=TOKEN_S)


router = APIRouter(prefix="/api/v1", dependencies=[Depends(logged_in)], responses=ERRORS)


@router.get("/orders", response_model=CountedOrders if "count" in DRIFTS else Orders)
async def list_orders(offset: Offset = 0, limit: Limit = 50) -> Any:  # noqa: ANN401 -- any JSON
    """Return a page of orders, the oldest first."""
    page = await calls.answer("order.list", offset=offset, limit=limit)
    return {**page, "count": page["total"]} if "count" in DRIFTS else page


@router.post("/orders", response_model=Order, status_code=201)
async def place_order(order: NewOrder) -> Any:  # noqa: ANN401 -- any JSON
    """Place an order."""
    return await calls.answer("order.create", id=str(uuid.uuid4()), row=order.model_dump())


@router.get("/orders/{id}", response_model=Order, responses=NOT_FOUND)
async def read_order(id: uuid.UUID) -> Any:  # noqa: A002, ANN401 -- any JSON
    """Return an order."""
    return await calls.answer("order.read", id=str(id))


if "no-delete" not in DRIFTS:

    @router.delete("/orders/{id}", status_code=204, response_class=Response, responses=NOT_FOUND)
    async def delete_order(id: uuid.UUID) -> None:  # noqa: A002
        """Forget an order."""
        await calls.answer("order.delete", id=str(id))


@router.get("/articles", response_model=Articles)
async def list_articles(offset: Offset = 0, limit: Limit = 50) -> Any:  # noqa: ANN401 -- any JSON
    """Return a page of articles, the oldest first."""
    return await calls.answer("article.list", offset=offset, limit=limit)


@router.post("/articles", response_model=Article)
async def add_article(article: NewArticle) -> Any:  # noqa: ANN401 -- any JSON
    """Add an article; as it has ever been, with 200."""
    return await calls.answer("article.create", id=str(uuid.uuid4()), row=article.model_dump())


@router.get("/articles/{id}", response_model=Article, responses=NOT_FOUND)
async def read_article(id: uuid.UUID) -> Any:  # noqa: A002, ANN401 -- any JSON
    """Return an article."""
    return await calls.answer("article.read", id=str(id))


@router.delete("/articles/{id}", status_code=204, response_class=Response, responses=NOT_FOUND)
async def delete_article(id: uuid.UUID) -> None:  # noqa: A002
    """Forget an article."""
    await calls.answer("article.delete", id=str(id))


app.include_router(router)

if __name__ == "__main__":
    uvicorn.run(app, host=sys.argv[1], port=int(sys.argv[2]), log_level="warning", http="httptools")
