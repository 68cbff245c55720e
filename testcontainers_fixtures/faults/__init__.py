"""What can be done to a stack on purpose: one kind a file, known to all by `catalogue`.

A fault knows a system by roles alone, and is a context: inside it is broken, leaving undoes it.
Each has a *sign*, read from outside before it strikes and while it lasts: a strike that does not
show is void, so that a green cell is never that of a fault that did nothing.
"""
