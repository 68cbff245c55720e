"""What is raised where the data support no model: the sentence that a record and a page show."""


class NoModelError(Exception):
    """The data support no model; the message is one sentence that says what is missing."""
