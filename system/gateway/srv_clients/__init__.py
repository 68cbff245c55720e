"""The hand-made mirror of the clients service."""
