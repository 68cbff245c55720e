"""The images that the containers engine runs: their bases, and how a system is built on one."""
