"""Holds a gateway against the contract that its services publish.

Nothing in it knows the names, paths or fields of a system: services come from the stack file or
from the command line, collections from the OpenAPI documents, and what nobody can guess from the
stack file's [contract] (`agreement`). `applicability` says what applies before anything runs. The
`test_*` modules are what a session runs; `faults` and `mutants` are runs of their own.
"""
