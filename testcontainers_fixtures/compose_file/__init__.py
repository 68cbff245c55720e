"""Reads a compose file (compose-spec) as the parts of a stack file; nothing of Docker's is called.

`composition` puts it together: documents are read and interpolated, services are spelt one way,
merged with those they extend and with overrides, and each becomes the table that a stack file would
have for it. No library of the field does: the well-kept one is Compose's own, in Go; those for
Python are bindings or models of the file's schema, without interpolation, overrides and profiles.
Pure but for the files that it reads.
"""
