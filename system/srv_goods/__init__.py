"""The goods service."""
