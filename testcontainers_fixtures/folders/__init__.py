"""Folders and files on this machine: those that go with a command, those that can be written to.

And the lock by which one harness at a time does what must be done once.
"""
