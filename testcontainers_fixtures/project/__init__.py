"""The project in which a command was typed: its settings, and what holds where it has none."""
