"""A stack under traffic, one fault after the other, and the ledger that settles what was lost.

What can be done to a stack stands in `testcontainers_fixtures.faults`; here it is done and judged.
"""
