"""How the parts of a stack are run: in containers, as processes, or not at all.

`engine` is the only seam between a stack and what runs it. What an engine started ends with its
harness: containers bear labels, and the next start reaps what a dead harness left; processes die
with their parent (`parent_death`), and a `guardian` outlives a killed harness for a moment. `logs`
cuts a part's log down where it lies, so that no part waits for a reader and none fills the disk.
"""
