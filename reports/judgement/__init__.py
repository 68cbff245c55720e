"""Verdicts, intervals and comparisons: figures out of figures, and the reason in a sentence.

`validity_gates` asks whether an open phase measured the system, `verdicts` sums up, `findings`
names what stands out. `comparability` says whether two runs may be compared, `comparison` what
became of each figure. A repetition during which something else had the machine decides nothing.

It knows records alone: nothing here knows that there are pages or pictures.
"""
