"""The resolver: takes calls from the queue and forwards them to the services over HTTP.

Calls go to the worker with the fewest of ours (`connection_pool`), because Gunicorn spreads
connections, not requests; `circuit_breaker` rests a failing service. It has a small probe port of
its own, so that every part of a stack says in the same way that it is ready.
"""
