"""The installed command, `gatewaybench`: the one place that knows every package, by name alone.

Each subcommand is imported once it is typed, so that help and completion are there at once. A
project's own `reports/` or `system/` beside the place where it is typed is never taken for ours.
"""
