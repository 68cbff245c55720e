"""What every HTTP process of the system does in the same way (the microservice chassis).

HEAD, request ids, `Server-Timing`, `/health`, `/ready`, the 422, and SQLite under SQLAlchemy: a
library that each service brings along, as if it were deployed alone.

`http_protocol` is a connection, on top of uvicorn's: `request_heads` says what a request's head may
be, `half_close` tells who has ended his half of the connection from who has gone, `joined_writes`
has an answer leave as one packet. A process holds so many bytes of bodies and no more
(`body_budget`): a request counts from its first byte until it is answered, an answer until its
client has it.

A service guards every write in this order: body size, key, deadline; then it takes its turn and the
lock, checks the deadline once more and looks the key up. Answer and write are one commit, and only
then is anybody told. `worker` ends a process politely: no new connections, `Connection: close` on
every answer for half a second, then the silent ones are closed.
"""
