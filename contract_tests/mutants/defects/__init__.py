"""One defect a file: `DEFECT` says what is wrong, where, and which method should find it."""
