"""What shows from outside that a fault has struck. Signs look, and change nothing."""
