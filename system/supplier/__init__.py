"""A stub of the goods service's supplier: it takes its time, and serves a few callers at once."""
