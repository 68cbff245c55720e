"""Starts, scales and breaks running copies of a system described by a stack file."""
