"""What is typed: the contract suite on a system that is up, and two documents with nothing running.

Each is imported by itself, since holding documents against each other takes less than a second.
"""
