"""What random defects are not drawn from, and which of them nobody could tell, with the reasons.

OUT_OF_SCOPE is read as (module, function or class, text of the place or of its line); "" is any.
The contract suite asks a system that is well; what happens when a part of it fails, ends or is slow
is for the fault tests, and how long a hop takes is for the load side.
"""

from typing import Final

_REPR: Final = "It is shown to people and read by nobody."
_LOG: Final = "It is a line of a log."
_TROUBLE: Final = "It is about a broker or a service in trouble: the fault tests'."
_START: Final = "It is about start, readiness and end: the fixture tests'."
_TIMING: Final = "It is about how long a hop takes or who served it: the load side's."
_LIMITS: Final = "It bounds how much runs at a time: the load side's."
_BROKEN: Final = "It refuses what is no envelope: the wire's own tests send that."
_REPEATED: Final = "It is about a call that comes again: the fault tests'."
_NOTE: Final = "It is a word for people in a table, which binds nobody."

OUT_OF_SCOPE: Final[dict[tuple[str, str, str], str]] = {
    ("", "", "log."): _LOG,
    ("", "", "TypeVar("): "The name is the type checker's.",
    ("", "", "sqlite_autoincrement"): "No document promises that a key is never given again.",
    ("system.chassis.app", "_add_probes", ""): _START,
    ("system.chassis.app", "", "/health"): _START,
    ("system.chassis.app", "", "/ready"): _START,
    ("system.chassis.app", "", "FailureMiddleware"): _TROUBLE,
    ("system.chassis.app", "", "docs_url"): "The pages of documentation are not the contract.",
    ("system.chassis.exchange", "ExchangeMiddleware._sign", ""): _TIMING,
    ("system.chassis.exchange", "ExchangeMiddleware.__init__", ""): _TIMING,
    ("system.chassis.exchange", "", "Server-Timing"): _TIMING,
    ("system.chassis.exchange", "", "X-Served-By"): _TIMING,
    ("system.chassis.exchange", "", "hops_ms"): _TIMING,
    ("system.chassis.exchange", "", "begun_s"): _TIMING,
    ("system.chassis.exchange", "", "TRACEPARENT"): _LOG,
    ("system.chassis.sqlite", "", "BUSY"): _TROUBLE,
    ("system.chassis.sqlite", "", "KEPT_S"): "It is about calls under a key: the key's own tests.",
    ("system.chassis.sqlite", "Database.transaction", "error"): _TROUBLE,
    ("system.chassis.sqlite", "Database.transaction", "late"): _TROUBLE,
    ("system.chassis.sqlite", "Database._in_turn", ""): _TROUBLE,
    ("system.chassis.sqlite", "_patience_s", ""): _TROUBLE,
    ("system.chassis.sqlite", "_in_vain", ""): _TROUBLE,
    ("system.chassis.sqlite", "", "pool_size"): _LIMITS,
    ("system.chassis.sqlite", "_configure", ""): "It is about power cuts and rival writers.",
    ("system.chassis.sqlite", "Database.answers", ""): _START,
    ("system.chassis.sqlite", "Database.close", ""): _START,
    ("system.chassis.sqlite", "Database.create", ""): _START,
    ("system.gateway.main", "ready", ""): _START,
    ("system.gateway.main", "lifespan", ""): _START,
    ("system.gateway.main", "", "READY_TIMEOUT_S"): _START,
    ("system.gateway.main", "", "timing="): _TIMING,
    ("system.gateway.problems", "", ""): _TROUBLE,
    ("system.gateway.router", "resolve", "telemetry"): _TIMING,
    ("system.gateway.router", "resolve", "HOPS_MS"): _TIMING,
    ("system.gateway.router", "resolve", "Passage"): _TIMING,
    ("system.rpc.lanes", "", ""): "It spreads calls over a service's workers: the load side's.",
    ("system.rpc.resolver", "Resolver.__repr__", ""): _REPR,
    ("system.rpc.resolver", "Resolver.__aexit__", ""): _START,
    ("system.rpc.resolver", "", "READY_PATH"): _START,
    ("system.rpc.resolver", "Resolver.standing", ""): _START,
    ("system.rpc.resolver", "", "standing()"): _START,
    ("system.rpc.resolver", "", "hops_ms"): _TIMING,
    ("system.rpc.resolver", "", "begun_s"): _TIMING,
    ("system.rpc.resolver", "", "timeout"): _TROUBLE,
    ("system.rpc.resolver", "", "remaining_s"): _TROUBLE,
    ("system.rpc.resolver", "", "from error"): _TROUBLE,
    ("system.rpc.resolver", "", "KEY"): _REPEATED,
    ("system.rpc.resolver", "Resolver.repeatable", ""): _REPEATED,
    ("system.rpc.resolver", "Resolver.__init__", ""): _START,
    ("system.rpc.resolver", "Resolver._ask", "error"): _TROUBLE,
    ("system.rpc.resolver", "Resolver._ask", "again"): _TROUBLE,
    ("system.rpc.resolver", "", "raise"): _TROUBLE,
    ("system.rpc.resolver", "_breaker", ""): _TROUBLE,
    ("system.rpc.forwarding", "_due", ""): _TROUBLE,
    ("system.rpc.forwarding", "", "DEADLINE"): _TROUBLE,
    ("system.rpc.server", "", ""): _START,
    ("system.srv_clients.main", "ready", ""): _START,
    ("system.srv_clients.main", "lifespan", ""): _START,
    ("system.srv_clients.main", "", "build_service"): _START,
    ("system.srv_goods.main", "ready", ""): _START,
    ("system.srv_goods.main", "lifespan", ""): _START,
    ("system.srv_goods.main", "supplier_silent", ""): _TROUBLE,
    ("system.srv_goods.main", "", "build_service"): _START,
    ("system.srv_goods.models", "", "comment"): _NOTE,
    ("system.srv_goods.models", "", "index"): "An index changes how long a query takes.",
    ("system.srv_goods.supply", "", "SupplierSilentError"): _TROUBLE,
    ("system.srv_goods.supply", "Supplier.__init__", ""): _LIMITS,
    ("system.srv_goods.supply", "Supplier.close", ""): _START,
    ("system.wire.client", "_broker_trouble", ""): _TROUBLE,
    ("system.wire.client", "RpcClient.__init__", ""): _START,
    ("system.wire.client", "RpcClient.__repr__", ""): _REPR,
    ("system.wire.client", "RpcClient.start", ""): _START,
    ("system.wire.client", "RpcClient._prepare", ""): _START,
    ("system.wire.client", "RpcClient.close", ""): _START,
    ("system.wire.client", "RpcClient._lost", ""): _TROUBLE,
    ("system.wire.client", "RpcClient._publish", "count"): _TROUBLE,
    ("system.wire.client", "RpcClient._publish", "NoResponder"): _TROUBLE,
    ("system.wire.client", "RpcClient._publish", "TooLarge"): _LIMITS,
    ("system.wire.client", "RpcClient._publish", "lost"): _TROUBLE,
    ("system.wire.client", "RpcClient._usable_channel", ""): _TROUBLE,
    ("system.wire.client", "RpcClient._publish", "_usable_channel"): _TROUBLE,
    ("system.wire.client", "RpcClient._declare", ""): _START,
    ("system.wire.client", "RpcClient._withdraw", ""): _TROUBLE,
    ("system.wire.client", "_say_withdrawn", ""): _TROUBLE,
    ("system.wire.client", "", "MAX_WITHDRAWALS"): _LIMITS,
    ("system.wire.client", "RpcClient.call", "passage"): _TIMING,
    ("system.wire.client", "RpcClient.call", "max_in_flight"): _LIMITS,
    ("system.wire.client", "RpcClient.call", "Overload"): _LIMITS,
    ("system.wire.client", "RpcClient.call", "fault"): _TROUBLE,
    ("system.wire.client", "RpcClient.call", "_withdraw"): _TROUBLE,
    ("system.wire.client", "RpcClient.call", "raise"): _TROUBLE,
    ("system.wire.client", "RpcClient.call", "remaining_s"): _TROUBLE,
    ("system.wire.client", "", "late"): _REPR,
    ("system.wire.client", "", "_S"): _LIMITS,
    ("system.wire.envelope", "Deadline", "wall"): "Both ends run on one machine here.",
    ("system.wire.envelope", "Deadline.header", ""): _TROUBLE,
    ("system.wire.envelope", "", "Meta("): _BROKEN,
    ("system.wire.envelope", "_decode", "raise"): _TROUBLE,
    ("system.wire.envelope", "_decode", "message"): _TROUBLE,
    ("system.wire.server", "RpcServer.__init__", ""): _START,
    ("system.wire.server", "RpcServer.__repr__", ""): _REPR,
    ("system.wire.server", "RpcServer.consuming", ""): _START,
    ("system.wire.server", "RpcServer.start", ""): _START,
    ("system.wire.server", "RpcServer._prepare", ""): _START,
    ("system.wire.server", "RpcServer.drain", ""): _START,
    ("system.wire.server", "RpcServer._declare", ""): _START,
    ("system.wire.server", "RpcServer._declare_withdrawals", ""): _START,
    ("system.wire.server", "RpcServer._opened", ""): _BROKEN,
    ("system.wire.server", "RpcServer._serve", "redelivered"): _REPEATED,
    ("system.wire.server", "RpcServer._require_repeatable", ""): _REPEATED,
    ("system.wire.server", "RpcServer._serve", "withdraw"): _TROUBLE,
    ("system.wire.server", "about", ""): _LOG,
    ("system.wire.server", "", "TOLD_ONCE"): _LOG,
    ("system.wire.server", "_there", ""): _TROUBLE,
    ("system.wire.outbox", "bury", ""): _TROUBLE,
    ("system.wire.outbox", "withdraw", ""): _TROUBLE,
    ("system.wire.outbox", "", "ttl_s"): _TROUBLE,
    ("system.wire.outbox", "", "assert"): "It is a word to the type checker.",
    ("system.wire.server", "RpcServer._on_message", ""): _TROUBLE,
    ("system.wire.server", "RpcServer._bury", ""): _TROUBLE,
    ("system.wire.server", "RpcServer._timed", ""): _TIMING,
    ("system.wire.server", "RpcServer._serve", "bury"): _TROUBLE,
    ("system.wire.server", "RpcServer._serve", "late"): _TROUBLE,
    ("system.wire.server", "RpcServer._result", ""): _TROUBLE,
    ("system.wire.server", "RpcServer", "served"): _REPR,
    ("system.wire.server", "_failure", ""): _TROUBLE,
}

_NO_SURROGATE: Final = (
    "Pydantic refuses an object as a whole that has a name which no encoding can carry, and names "
    "none of its members: what is answered can be encoded."
)

# By module, function, what stood there and what stands there instead.
EQUIVALENT: Final[dict[tuple[str, str, str, str], str]] = {
    ("system.chassis.rejection", "_storable", '"replace"', "'replacex'"): _NO_SURROGATE,
    (
        "system.chassis.rejection",
        "_storable",
        'part.encode(errors="replace")',
        "part.encode()",
    ): _NO_SURROGATE,
    ("system.chassis.sqlite", "", '"waits_ms"', "'waits_msx'"): (
        "One name for an option, which is set and read under that name."
    ),
    ("system.rpc.resolver", "Resolver._exchange", "False", "True"): (
        "The services redirect to a path without its slash alone, and the gateway's routes let no "
        "such path pass."
    ),
    ("system.srv_goods.supply", "Supplier.in_stock", "answer.raise_for_status()", "pass"): (
        "The supplier says no error in JSON, so that the next line raises what becomes the same "
        "SupplierSilentError."
    ),
    ("system.srv_goods.main", "Resources", "True", "False"): (
        "Nobody assigns to what a worker holds open, frozen or not, with slots or without."
    ),
    ("system.srv_goods.querysets", "delete_row", "await session.flush()", "pass"): (
        "The commit that follows flushes, and a violated key is answered from there as well."
    ),
    ("system.wire.headers", "", '"www-authenticate"', "'www-authenticatex'"): (
        "No service of this system answers with the header."
    ),
    (
        "system.wire.server",
        "RpcServer._answer",
        "self._channel is None or not (message.reply_to and message.correlation_id)",
        "self._channel is None and (not (message.reply_to and message.correlation_id))",
    ): (
        "What does not say where its reply belongs was buried before, and a message that came has "
        "come over the channel."
    ),
    (
        "system.srv_clients.schemas",
        "Client",
        "model_config = ConfigDict(from_attributes=True)",
        "pass",
    ): "The framework itself reads an answer's model from attributes, whatever the model says.",
}
