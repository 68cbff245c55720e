"""What the parts of a running stack hold: rows are put in and taken out, by request or command.

It knows a fleet and a stack file; how a copy is started is no business of it.
"""
