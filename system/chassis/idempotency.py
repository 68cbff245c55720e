"""A request that writes and bears an `Idempotency-Key` is executed once, however often it comes.

After draft-ietf-httpapi-idempotency-key-header-07. Key, fingerprint (method, path, query, body) and
answer are kept in the transaction of the write itself, so that there is never the one without the
other. The write lock decides who is first: whoever holds it either finds the answer or executes.

    the same request again, any time       the kept answer
    ... while the first runs               waits for it until its own deadline, then 409
    another request under the key          422
    a key that is no key, or several       400 (system/chassis/key_syntax.py)

What is kept is what the endpoint decided once it had the lock, a refusal (404, 409) as well as a
success: the client was told so, and a late repeat must not do what it was told is not done. What
never came so far (400, 413, 422) or failed (5xx) keeps nothing, and may be tried again.
Callers share their keys: there are no tenants.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from system.chassis import deadline, kept_answers
from system.chassis.deadline import TooLateError
from system.chassis.kept_answers import KeptAnswer
from system.chassis.key_syntax import keys_of
from system.chassis.request_bodies import replayed, whole
from system.chassis.sqlite import WRITER, Database, StoreBusyError

# A repeat gives up so much before its deadline that its 409 still arrives in time.
_ANSWERED_EARLY_S: Final = 0.1
_FAILED: Final = 500


class KeptError(Exception):
    """The request was executed before: here is its answer."""

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__("The request was executed before.")
        self.answer = answer


class KeyReusedError(Exception):
    """The key was used for another request."""


class KeyInUseError(Exception):
    """A request under this key is still running."""


class IdempotencyMiddleware:
    """Runs a request with a key once; behind KeyMiddleware, so that a key is one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; what has no key passes untouched."""
        keys = keys_of(scope)
        if keys:
            await self._once(keys[0].decode("ascii"), scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _once(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await whole(receive)
        except ClientDisconnect:
            return
        recording = Recording()
        async with AsyncExitStack() as held:
            once = IdempotentExecution(key, fingerprint(scope, body), held)
            token = WRITER.set(once.session)
            try:
                await self.app(scope, replayed(body, receive), recording.take)
            finally:
                WRITER.reset(token)
            await once.settle(recording)
        # Only now that it is committed is anybody told.
        await recording.play(send)


class IdempotentExecution:
    """One request under a key: its transaction is kept open until its answer is known.

    `held` is left when that is over: a transaction that was not settled by then is rolled back.
    """

    def __init__(self, key: str, fingerprint: bytes, held: AsyncExitStack) -> None:
        self.key = key
        self.fingerprint = fingerprint
        self._held = held
        self._first: bool | None = None
        self._database: Database | None = None
        self._session: AsyncSession | None = None
        self._transaction = AsyncExitStack()

    @asynccontextmanager
    async def session(self, database: Database) -> AsyncIterator[AsyncSession]:
        """Give the session in which the request writes; raise what its key has to say instead."""
        if self._session is None:
            await self._begin(database)
        assert self._session is not None  # noqa: S101 -- begun just now
        try:
            yield self._session
            await self._session.flush()
        except Exception:
            # What an endpoint began and then refused is undone, while the refusal is kept.
            await self._session.rollback()
            await self._transaction.aclose()
            await self._begin(database)
            raise

    async def settle(self, recording: "Recording") -> None:
        """Keep the answer and commit it together with what was written, or roll both back."""
        if self._session is None or self._database is None:
            return
        if recording.status >= _FAILED:
            await self._session.rollback()
        else:
            kept_s = self._database.answers_kept_s
            await kept_answers.keep(
                self._session, self.key, self.fingerprint, recording.answer(), for_s=kept_s
            )

    async def _begin(self, database: Database) -> None:
        self._session = None
        self._claim(database)
        self._transaction = await self._held.enter_async_context(AsyncExitStack())
        session = await self._transaction.enter_async_context(self._locked(database))
        await self._look_up(session)
        self._database, self._session = database, session

    def _claim(self, database: Database) -> None:
        if self._first is None:
            self._first = database.claims.take(self.key)
            if self._first:
                self._held.callback(database.claims.give_back, self.key)

    @asynccontextmanager
    async def _locked(self, database: Database) -> AsyncIterator[AsyncSession]:
        begun = AsyncExitStack()
        try:
            with deadline.earlier(0.0 if self._first else _ANSWERED_EARLY_S):
                session = await begun.enter_async_context(database.transaction())
        except (TooLateError, StoreBusyError) as error:
            if self._first:
                raise
            raise KeyInUseError from error
        async with begun:
            yield session

    async def _look_up(self, session: AsyncSession) -> None:
        found = await kept_answers.kept(session, self.key)
        if found is None:
            return
        known, answer = found
        raise KeptError(answer) if known == self.fingerprint else KeyReusedError


class Recording:
    """Takes down an answer in place of the server, to be played later."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    async def take(self, message: Message) -> None:
        """Take down a message."""
        self._messages.append(message)

    async def play(self, send: Send) -> None:
        """Send what was taken down."""
        for message in self._messages:
            await send(message)

    @property
    def status(self) -> int:
        """Return the answer's status."""
        status: int = self._messages[0]["status"]
        return status

    def answer(self) -> KeptAnswer:
        """Return the whole answer."""
        head, *rest = self._messages
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in head["headers"]]
        body = b"".join(message.get("body", b"") for message in rest)
        return KeptAnswer(status=self.status, headers=headers, body=body)


def fingerprint(scope: Scope, body: bytes) -> bytes:
    """Return what tells two requests apart: SHA-256 over method, path, query and body."""
    digest = hashlib.sha256()
    for part in (scope["method"].encode(), scope["raw_path"], scope["query_string"], body):
        # The length keeps what ends one part from beginning the next.
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()
