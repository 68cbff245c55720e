"""What the user typed, and what is said back: options, what they refuse together, the summary.

It plans a run and hands it to `sweep`; nothing below knows that there is a command line.
"""
