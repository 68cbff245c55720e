"""HTTP's methods as RFC 9110 sorts them."""

from typing import Final

# 9.2.1: what a client may send without asking for a change.
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
METHOD_NOT_ALLOWED: Final = 405
# What a document may publish a path by.
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
