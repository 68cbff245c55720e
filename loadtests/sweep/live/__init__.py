"""A page on this machine that shows a run while it goes; it knows what the terminal knows.

A browser gets events and gives nothing: it can change nothing of a run.
"""
