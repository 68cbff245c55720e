"""The hand-made mirror of the goods service."""
