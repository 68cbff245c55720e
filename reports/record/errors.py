"""What can go wrong with a run's files; the message is one sentence for a person."""


class RecordError(Exception):
    """A run record, or a page of it, cannot be read or written. Exit code 2."""
