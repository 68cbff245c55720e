"""A generator of several processes: a master that leads, and workers, here or on other machines.

`enrolment` finds out who came and whom it can use, `distributed_generators` has a phase driven by
them, a `generator_worker` carries out its orders; both sides' `messages` travel on locust's channel
in an envelope (`signatures`). Phases begin by monotonic clocks, whose offsets `clock_offsets`
measures before and after each.
"""
