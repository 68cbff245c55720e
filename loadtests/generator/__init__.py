"""What runs inside the load process: it sends when a request is due, and counts what came back.

`phases` decides what comes next, `coordinator` has one phase driven by the `generators` (this
process, or locust workers told over its message channel), `traffic` sends, `samples` keeps a column
a figure, `histograms` are made when the phase is over, `merged_results` adds up what each process
counted. An answer is read by `response` (httptools) on a `connection` of the `connection_pool`:
each system call that a request does not need is left out, since the generator shares the system's
cores.

It knows the plan it was given and nothing of the runner: `sweep`, `capacity` and `command` may not
be imported here.
"""
