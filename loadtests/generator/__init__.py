"""What runs inside the load process: it sends when a request is due, and counts what came back.

One process alone, or a coordinator and its workers. It knows the plan it was given and nothing of
the runner: `sweep`, `capacity` and `command` may not be imported here.
"""
