"""What a phase leaves in files for other tools; written when it is over, never while it runs."""
