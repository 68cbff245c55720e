"""What can be done to a stack on purpose: one fault a file, known to all by `catalogue`."""
