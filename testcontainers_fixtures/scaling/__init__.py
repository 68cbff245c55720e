"""A stack that is up already, and that its own engine scales: by the commands of [attach].

`scaling_commands` says which are run, in order, and runs nothing; `command_runs` runs one, bounded;
`scaled_stack` is the stack that a load run sweeps, and puts back what it changed.
"""
