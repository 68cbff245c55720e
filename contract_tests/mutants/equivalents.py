"""Which random defects nobody could tell from the system as it is, each with its argument."""

from typing import Final

_NO_SURROGATE: Final = (
    "Pydantic refuses an object as a whole that has a name which no encoding can carry, and names "
    "none of its members: what is answered can be encoded."
)

_FLUSHED: Final = (
    "The commit that follows flushes, and a violated key is answered from there as well."
)
_UNREDIRECTED: Final = "The supplier redirects nobody."
_UNCOMMITTED: Final = "Nothing is committed while something is read, so that nothing expires."
_CACHED: Final = "It is about how often a query is compiled."
_A_HAIR: Final = "A deadline moves by a thousandth, or one that nobody can keep moves by 1 ms."

# By module, function, what stood there and what stands there instead.
EQUIVALENT: dict[tuple[str, str, str, str], str] = {
    ("system.chassis.validation_errors", "_storable", '"replace"', "'replacex'"): _NO_SURROGATE,
    (
        "system.chassis.validation_errors",
        "_storable",
        'part.encode(errors="replace")',
        "part.encode()",
    ): _NO_SURROGATE,
    ("system.gateway.main", "", "app.openapi = partial(admission.document, app)", "pass"): (
        "Mutants are tried in a system that asks nobody who comes, whose document says nothing of "
        "it either way; tests/integration/test_keys_on.py looks at one that asks."
    ),
    ("system.chassis.sqlite", "", '"waits_ms"', "'waits_msx'"): (
        "One name for an option, which is set and read under that name."
    ),
    (
        "system.wire.outbox",
        "send",
        (
            "sender.basic_publish(\n"
            "        body, routing_key=queue, properties=properties, mandatory=True, wait=False\n"
            "    )"
        ),
        "sender.basic_publish(body, routing_key=queue, properties=properties, mandatory=True)",
    ): "It waits until the socket has taken the message, which is a matter of speed alone.",
    (
        "system.chassis.methods",
        "HeadMiddleware.__call__.send_bodiless",
        'message["type"] == "http.response.body"',
        "message['type'] != 'http.response.body'",
    ): "The server below lets no body of an answer to HEAD pass, whatever it is handed.",
    ("system.rpc.resolver", "Resolver._exchange", "False", "True"): (
        "The services redirect to a path without its slash alone, and the gateway's routes let no "
        "such path pass."
    ),
    ("system.rpc.resolver", "", '"User-Agent"', "'User-Agentx'"): (
        "The stack file promises nothing of the header, and no service reads it."
    ),
    ("system.rpc.resolver", "", '"Accept-Encoding"', "'Accept-Encodingx'"): (
        "The stack file promises nothing of the header, and no service compresses."
    ),
    ("system.srv_goods.supply", "Supplier.in_stock", "answer.raise_for_status()", "pass"): (
        "The supplier says no error in JSON, so that the next line raises what becomes the same "
        "SupplierSilentError."
    ),
    **{
        (f"system.{module}.querysets", within, "await session.flush()", "pass"): _FLUSHED
        for module, within in (
            ("srv_goods", "delete_row"),
            ("srv_goods", "add_row"),
            ("srv_goods", "change_category"),
            ("srv_goods", "change_goods"),
            ("srv_clients", "add_client"),
        )
    },
    ("system.srv_goods.supply", "Supplier.in_stock", "False", "True"): _UNREDIRECTED,
    (
        "system.srv_goods.supply",
        "Supplier.in_stock",
        'self.session.get(f"/stock/{goods_id}", allow_redirects=False)',
        "self.session.get(f'/stock/{goods_id}')",
    ): _UNREDIRECTED,
    ("system.chassis.sqlite", "Database.reading", "False", "True"): _UNCOMMITTED,
    (
        "system.chassis.sqlite",
        "Database.reading",
        "AsyncSession(self.engine, expire_on_commit=False)",
        "AsyncSession(self.engine)",
    ): _UNCOMMITTED,
    ("system.srv_goods.models", "Price", "cache_ok = True", "pass"): _CACHED,
    ("system.srv_goods.models", "Price", "True", "False"): _CACHED,
    ("system.rpc.resolver", "_first_segment", "2", "(3)"): (
        "The first segment is the same however often the rest is split."
    ),
    (
        "system.wire.rpc_server",
        "RpcServer._answer",
        "message.reply_to and message.correlation_id",
        "message.reply_to or message.correlation_id",
    ): "What does not say where its reply belongs was buried before.",
    (
        "system.gateway.router",
        "_forwarding",
        "forward.__name__, forward.__doc__ = endpoint.__name__, endpoint.__doc__",
        "pass",
    ): "Name and description of an operation bind nobody.",
    **{
        ("system.gateway.router", "_timeout_s", *change): _A_HAIR
        for change in (("1", "(0)"), ("1", "(2)"), ("1000", "(1001)"), ("1000", "(999)"))
    },
    (
        "system.wire.rpc_server",
        "RpcServer._answer",
        "self._channel is None or not (message.reply_to and message.correlation_id)",
        "self._channel is None and (not (message.reply_to and message.correlation_id))",
    ): (
        "What does not say where its reply belongs was buried before, and a message that came has "
        "come over the channel."
    ),
}

# A word longer by a letter, by module and function: headers that no service here knows, and what a
# service says of its own accord, which no document holds and the gateway passes on.
_NEVER_ANSWERED: Final = "No service of this system answers with the header."
_NEVER_READ: Final = "No service of this system reads the header, and the stack file promises none."
_OWN_WORDS: Final = "The words of an error are the service's own: gateway and twin say the same."
_WORDS: Final[dict[tuple[str, str, str], str]] = {
    **{
        ("system.wire.passed_headers", "", name): _NEVER_ANSWERED
        for name in (
            "alt-svc",
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authentication-info",
            "proxy-authorization",
            "proxy-connection",
            "server-timing",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
        )
    },
    **{
        ("system.wire.passed_headers", "", name): _NEVER_READ
        for name in (
            "accept-language",
            "cache-control",
            "content-digest",
            "content-disposition",
            "content-encoding",
            "content-language",
            "content-location",
            "digest",
            "if-modified-since",
            "if-range",
            "if-unmodified-since",
            "repr-digest",
            "tracestate",
            "want-content-digest",
            "want-digest",
            "want-repr-digest",
        )
    },
    ("system.wire.passed_headers", "", "x-request-id"): "The gateway's own takes its place.",
    **{
        ("system.srv_goods.goods", place, "Goods"): _OWN_WORDS
        for place in ("get_goods", "change_goods", "get_availability")
    },
    ("system.srv_goods.goods", "delete_goods", "Goods not found"): _OWN_WORDS,
    ("system.srv_goods.main", "conflict", "Conflicts with what is stored"): _OWN_WORDS,
    ("system.srv_goods.models", "Goods", "goods"): "Nobody outside sees the name of a table.",
    ("system.srv_clients.main", "found", "Client not found"): _OWN_WORDS,
    ("system.srv_clients.main", "delete_client", "Client not found"): _OWN_WORDS,
    ("system.srv_goods.categories", "get_category", "Category"): _OWN_WORDS,
    ("system.srv_goods.categories", "change_category", "Category"): _OWN_WORDS,
    ("system.srv_goods.categories", "delete_category", "Category not found"): _OWN_WORDS,
    ("system.chassis.sqlite", "Database.__init__", ".claims"): "It is the name of a file.",
    ("system.gateway.router", "_timeout_s", ""): "What is no number is no number with a letter.",
    ("system.wire.envelope", "", "application/vnd.gateway-rpc.v1"): (
        "Nobody reads the type of a message; that it is the published one, the wire's tests hold."
    ),
    ("system.wire.envelope", "RequestHead", ""): "The gateway tells the query of every call.",
}
EQUIVALENT |= {
    (module, within, f'"{word}"', f"'{word}x'"): why
    for (module, within, word), why in _WORDS.items()
}
