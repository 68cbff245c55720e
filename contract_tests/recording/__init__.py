"""What a session found, kept as a run: failures, the traffic, repetitions and replays of both."""
