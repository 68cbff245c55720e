"""A comparison of documents with one of everything, for tests of what is made of it."""

from datetime import date

from reports.record.document_drift import (
    DriftPlace,
    DriftReport,
    DriftSource,
    IgnoredDrift,
    ToldDrift,
)

NOWHERE = DriftSource(document="", pointer="")
SHARED = ToldDrift(
    service="shop",
    title="Item /qty",
    said="the gateway says no maximum, shop says at most 9",
    level="error",
    effects=("breaks callers", "promises too little"),
    places=(
        DriftPlace(
            operation="POST /items",
            where="body /qty",
            direction="request",
            effects=("breaks callers",),
        ),
        DriftPlace(
            operation="GET /items",
            where="answer 200 /*/qty",
            direction="answer",
            effects=("promises too little",),
        ),
    ),
    gateway_at=DriftSource(document="gateway.yaml", pointer="#/components/schemas/Item", line=12),
    service_at=DriftSource(
        document="http://shop/openapi.json", pointer="#/components/schemas/Item"
    ),
)
NOTE = ToldDrift(
    service="shop",
    title="GET /items, body /id",
    said="the gateway says readOnly true, shop says no readOnly",
    level="note",
    effects=("words only",),
    places=(
        DriftPlace(
            operation="GET /items", where="body /id", direction="request", effects=("words only",)
        ),
    ),
    gateway_at=NOWHERE,
    service_at=DriftSource(document="shop.yaml", pointer="#/paths", line=3),
)
IGNORED = ToldDrift(
    service="",
    title="GET /health, operation",
    said="the gateway publishes it, no service does",
    level="error",
    effects=("breaks callers",),
    places=(
        DriftPlace(
            operation="GET /health",
            where="operation",
            direction="operation",
            effects=("breaks callers",),
        ),
    ),
    gateway_at=NOWHERE,
    service_at=NOWHERE,
    ignored=IgnoredDrift(because="the gateway's own", until=date(2027, 1, 31)),
)


def drift_report(**changed: object) -> DriftReport:
    """Return a comparison of seven operations, parts of it changed."""
    said: dict[str, object] = {
        "gateway": "gateway.yaml",
        "services": {"shop": "http://shop/openapi.json"},
        "operations": 7,
        "fail_on": "note",
        "differences": (NOTE, SHARED),
        "ignored": (IGNORED,),
        **changed,
    }
    return DriftReport(**said)  # type: ignore[arg-type] # of the types that it has
