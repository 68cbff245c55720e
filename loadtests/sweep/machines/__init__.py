"""Load from several machines: who takes part in a run, and what a machine does that takes part.

A run calls the roll before it starts anything, its trials each wait for the workers again on the
same port, and at its end the workers are dismissed. On a worker's machine `worker_processes` starts
a locust worker for each trial.
"""
