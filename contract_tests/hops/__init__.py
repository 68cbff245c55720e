"""One call, seen before and after each hop: gateway, broker, service, and the service's twin.

`parity` compares the gateway's answer with the twin's, by the stack file's `parity_rules`;
`volatile_places` proposes such rules where the service differs from itself, by a `service_probe`,
and `counterparts` knows which row is which. `received` compares what a tap saw arrive with what was
sent; `guilty_hop` names the hop where right went in and wrong came out, from tap, twin and
RabbitMQ's firehose (`wiretap`). What schemathesis makes, and what a twin is asked, goes over the
harness's own client (`bounded_session`); a side that is silent time and again is not asked on. To a
gateway that asks who comes each request shows `$TOKEN` (`gateway_access`), which becomes the secret
as it leaves. Each side is asked at its own path (`path_map`), a twin with what the gateway adds
(`added_headers`). What need not end, or is large, is read as long as there is patience
(`answer_patience`), and compared as far as it was (`unheld_bodies`). `raw_frames` and `amqp_fields`
write what no AMQP client would.

It sends single requests and compares them; it reads no document.
"""
