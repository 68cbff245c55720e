"""A stack under traffic, one fault after the other, and the ledger that settles what was lost.

What can be done to a stack stands in `testcontainers_fixtures.faults`; here it is done and judged:
`fault_trial` strikes while `traffic` notes every attempt, `inventory` reads the rows past the
gateway, `tap_arrivals` what reached the services, and `ledger` settles them without knowing what
was done. A list that cannot be read whole makes a trial unknown, never red; so does lateness while
the callers themselves got no CPU, or the disk wrote nothing down (`disk_watch`), twice
(`starvation`). `planted_weaknesses` are three defects, each of which must turn exactly its own
column red: where one does not, the proof itself is in doubt.
"""
