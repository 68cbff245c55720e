"""What a service documents of every call that writes: its key, and how it may be refused."""

from typing import Any, Final

from system.chassis import problem
from system.chassis.app import Detail, Responses

# Any printable text that neither begins nor ends with a space.
KEY_PATTERN: Final = r"^[!-~]([ -~]{0,253}[!-~])?$"
KEYED: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "A request that comes again under its key is not executed again",
            "schema": {"type": "string", "maxLength": 255, "pattern": KEY_PATTERN},
        }
    ]
}

WRITTEN: Final[Responses] = {
    400: {"model": Detail, "description": "The body or the Idempotency-Key is not readable"},
    408: {"description": "The body did not come in time", "content": problem.CONTENT},
    409: {
        "model": Detail,
        "description": "A key of a row would be violated, or the request's own is in use",
    },
    413: {"description": "The body is too large", "content": problem.CONTENT},
    503: {
        "description": "Too busy: nothing was written",
        "content": problem.CONTENT,
    },
    504: {"description": "The deadline passed before the call began", "content": problem.CONTENT},
}
