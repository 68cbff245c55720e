"""What is typed: the contract suite on a system that is up or started, and documents by themselves.

Each is imported by itself, since holding documents against each other takes less than a second.
"""
