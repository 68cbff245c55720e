"""What a session found, kept as a run: failures, the traffic, repetitions and replays of both.

A failing check becomes a `Failure` (`failures`), is noted or let pass as known
(`session_findings`), sent again from fresh data (`repetition`, `replay`), and drawn from the record
alone. `alike_findings` are about gateway and service both; `proposed_rules` are told as unknown.
"""
