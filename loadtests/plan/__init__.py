"""Plain data and pure functions that the runner and the load process both read.

Calls, arrivals, seeds, durations, and what was counted: nothing here sends, starts or waits.
"""
