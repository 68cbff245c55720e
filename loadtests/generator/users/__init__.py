"""A team's own users, in locust's form: their tasks are run when they are due, and counted.

Locust's classes run as they are, with locust's clients; what is ours is when a task begins, from
when each of its requests counts, and who counts it. See `task_execution` for what is measured.
`users_check` alone runs outside the load process: a users file imports locust, which changes the
process that it is imported in.
"""
