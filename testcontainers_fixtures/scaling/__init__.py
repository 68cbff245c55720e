"""A stack that is up already, and that its own engine scales: by the commands of [attach].

`presets` has the commands of the engines that are known, and fills [attach] in. `scaling_commands`
says which are run, in order, and runs nothing; `command_runs` runs one, bounded; `scaled_stack` is
the stack that a load run sweeps, and puts back what it changed.

What an engine says of its parts (`deployed`) is read by `swarm_parts` or `kubernetes_parts`, chosen
in `engine_readers`; what the parts use of the CPU by `swarm_usage`, `kubectl_top` or
`prometheus_usage`, chosen in `usage_sources`.
"""
