"""What a system's parts use while they are loaded, read beside the load and laid on its phases.

`usage_sampler` reads, in a thread apart; `usage_timeline` lays the readings on a phase's seconds,
by `usage_lines`, which have each figure at any moment.
"""
