"""The proof by breaking: a stack under traffic, one fault after the other, and the ledger of it."""
