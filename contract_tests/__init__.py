"""Holds a gateway against the contract that its services publish."""
