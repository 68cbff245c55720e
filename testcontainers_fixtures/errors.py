"""What can go wrong with a stack, each with one sentence for the person at the terminal.

StackError
├── SpecError        the stack file, or an option, asks for something that cannot be: exit code 2
├── MissingNeedError the machine lacks something (a program, a free port), and the message says what
│   │                to do about it: exit code 2
│   └── UnusablePlaceError a folder that is written to cannot be: no room, no right, or it is a file
├── NoAnswerError    one HTTP request had no whole answer, and why not
├── LoginError       a system let nobody in, and what it said
├── NotOursError     what was attached to would have to be changed: a test that asks it is skipped
├── NotApplicableError the system has nothing that it could be done to, and the message says what
│                    would give it some: a test that asks it is skipped
└── StartError       a part died or did not answer in time; carries its last log lines
"""

from testcontainers_fixtures.output.terminal_text import plain_text


class StackError(Exception):
    """A stack could not do what was asked; the message is one sentence for a person.

    It may quote an answer or a log, so it is told as a terminal can show it.
    """

    def __str__(self) -> str:
        return plain_text(super().__str__())


class SpecError(StackError):
    """The stack file or an option is wrong: expected, seen, next step."""


class KeyedError(ValueError):
    """A value of a stack file contradicts another; `where` leads to its key, outermost first."""

    def __init__(self, sentence: str, *where: str | int) -> None:
        super().__init__(sentence)
        self.where = where


class MissingNeedError(StackError):
    """The machine lacks something; the message says what to install or to end."""


class UnusablePlaceError(MissingNeedError):
    """A folder that must be written to cannot be; the message says which, why and what to do."""


class NoAnswerError(StackError):
    """One HTTP request had no whole answer; the message is why, without the address."""


class NoTlsError(NoAnswerError):
    """What listens there speaks no TLS; it will not begin to, so nobody need wait for it."""


class LoginError(StackError):
    """A system's login brought nothing that lets a user in; the message has its answer."""


class NotOursError(StackError):
    """What was attached to is neither started, stopped, scaled nor broken by us."""


class NotApplicableError(StackError):
    """The system has nothing that this could be done to; the message says what would give it some.

    Raised before anything was done.
    """


class StartError(StackError):
    """A part died early or was not ready in time."""
