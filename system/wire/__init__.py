"""What travels between gateway and resolver, and the calls that carry it.

A message is an `envelope`: a JSON head, a newline, and the body's bytes as they are. `topology` has
the names on the broker, `rpc_client` is the caller's end, `rpc_server` the resolver's, `rpc_errors`
all that a call can end in beside an answer. `asyncapi.yaml` describes it; a test holds it equal.

A `connection` is thrown away and made anew, never restored. `broker_login` is how it comes to its
broker, `broker_liveness` whether that answers, `outage` what keeps it from standing; `declarations`
sees to what has to be there, `queue_mismatches` tells how what is there differs. Before an end
serves it proves each right that it needs, publishing by a transaction that is rolled back; where
the broker refuses, the connection stays and is prepared anew now and then.

`frames` stands between the socket and the AMQP library, so that no message can end a connection;
`properties` says what of a message is read, `dead_letters` what may be kept of one that is given
up: its shape, no word of it. `inbox` consumes, `outbox` publishes, `cancellations` remembers calls
that nobody waits for, `late_calls` counts those that came late.

The resolver says on its monotonic clock when it took a call and when it answered; the gateway lays
that on its own line if both show the same boot id (`call_timings`), else the two ways over the
queue are one figure, `transit`. Between machines a deadline is the time that was left when it was
sent, laid on the receiver's clock by the least delayed call seen from that sender: skew and set
clocks cancel out, and waiting counts.
"""
