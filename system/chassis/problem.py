"""An HTTP problem (RFC 9457) with a reason, which a program reads, and a sentence, for people."""

from typing import Any, Final

from fastapi.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"

# How an answer of this kind is described in OpenAPI.
CONTENT: Final[dict[str, Any]] = {
    MEDIA_TYPE: {
        "schema": {
            "type": "object",
            "title": "Problem",
            "required": ["title", "status", "reason", "detail"],
            "properties": {
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "reason": {"type": "string"},
                "detail": {"type": "string"},
            },
        }
    }
}


def problem(
    status: int, reason: str, detail: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return a problem document."""
    content = {"title": reason.replace("_", " "), "status": status, "reason": reason}
    return JSONResponse(content | {"detail": detail}, status, headers, media_type=MEDIA_TYPE)
