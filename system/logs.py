"""Sets up how a process logs: one line an event, JSON where nobody sits at a terminal.

    {"event": "call ended", "process": "gateway", "level": "warning", "reason": "broker_down",
     "request_id": "abc-1", "traceparent": "00-0af7...-01", "timestamp": "2026-01-01T00:00:00Z"}

What libraries log by the standard library's `logging` comes out the same way, and what is logged
while an HTTP process serves a call names that call (`serving`), whoever logs it. A password in a
URL never comes out. No line is written for an ordinary call.
"""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# The user is no secret, and tells which of several is meant.
_PASSWORD_IN_URL: Final = re.compile(r"(\w+://[^:/@\s]*):[^@/\s]+@")
_SECRET_KEY: Final = re.compile(
    r"authorization|api[-_]?key|cookie|password|secret|token", re.IGNORECASE
)
HIDDEN: Final = "***"
# These speak at info of what is said here once already, in words of ours.
_QUIET: Final = ("aio_pika", "aiormq", "asyncio")
# A Gunicorn worker gives these a handler of its own, which writes text.
_TURNED: Final = ("uvicorn.error", "gunicorn.error")
# W3C Trace Context, 3.2: version, trace id, parent id, flags.
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
# What names the call that is being served. (structlog has a variable for each of its words, and
# looks through all there are: 5 us a call, against 2.)
_CALL: ContextVar[dict[str, str] | None] = ContextVar("call", default=None)


def configure(process: str, *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Log to `stream` (standard error by default) as `process`, from `level` on."""
    out = stream or sys.stderr
    shared = _shared(process)
    handler = logging.StreamHandler(out)
    handler.setFormatter(_formatter(shared, terminal=out.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _TURNED:
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def call(request_id: str, traceparent: str | None) -> dict[str, str]:
    """Return what joins a line to a call; what is no traceparent is left out."""
    told = {"request_id": request_id}
    if not traceparent or not _TRACEPARENT.fullmatch(traceparent):
        return told
    return told | {"traceparent": traceparent}


@contextmanager
def serving(request_id: str, traceparent: str | None) -> Iterator[None]:
    """Let every line that is logged inside, and in what begins there, name this call."""
    token = _CALL.set(call(request_id, traceparent))
    try:
        yield
    finally:
        _CALL.reset(token)


def _name_call(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {**(_CALL.get() or {}), **event}


def _shared(process: str) -> list[Processor]:
    def name_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return [
        _name_call,
        name_process,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(shared: list[Processor], *, terminal: bool) -> logging.Formatter:
    rendering: list[Processor] = [structlog.dev.ConsoleRenderer()]
    if not terminal:
        rendering = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=repr),
        ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            hide_secrets,
            *rendering,
            # Last, so that what a traceback quotes is looked through as well.
            lambda _, __, line: without_passwords(line),  # type: ignore[arg-type] # by now it is text
        ],
    )


def hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Hide the values of what is named like a secret."""
    for key in event:
        if _SECRET_KEY.search(key):
            event[key] = HIDDEN
    return event


def without_passwords(text: str) -> str:
    """Return a text in which no URL shows its password."""
    return _PASSWORD_IN_URL.sub(rf"\1:{HIDDEN}@", text)
