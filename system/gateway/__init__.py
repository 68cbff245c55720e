"""The gateway: HTTP in, RPC out. It hides the services behind one API that repeats theirs.

`router` registers a signature of `srv_*/routes`; the body is empty, because the answer comes from
the queue, and what travels is the request as it came, unparsed. A request that does not fit the
mirror is its 422. Of a service's answer it hands on status, headers and body, byte for byte, all
but what `system.wire.passed_headers` leaves behind.
"""
