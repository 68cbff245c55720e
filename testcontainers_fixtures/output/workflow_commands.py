"""Keeps what is printed from being a command to the CI service that reads it.

GitHub's runner takes a line that begins with `::name`, after white space, for a command, and what
stands behind `##[name]` anywhere in a line; the letters' case does not matter. Source:
`ActionCommand.cs` and `ActionCommandManager.cs` of actions/runner.
"""

import re
from typing import Final

NAMES: Final = (
    *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group"),
    *("internal-set-repo-path", "notice", "remove-matcher", "save-state", "set-env", "set-output"),
    *("stop-commands", "warning"),
)
# Wherever it stands: a terminal's width may break the line before it.
_COMMAND: Final = re.compile(rf":(?=:(?:{'|'.join(NAMES)})(?![\w-]))|#(?=#\[)", re.IGNORECASE)


def inert(text: str) -> str:
    r"""Return text in which the beginning of each command is written out: `\x3a:error::`."""
    return _COMMAND.sub(lambda found: f"\\x{ord(found[0]):x}", text)
