"""Writes what a pull request is told of a run, under a mark by which the next takes its place."""

import re
from collections.abc import Iterator
from typing import Final

# GitHub takes a comment of 65,536 characters; the mark and the link need a few.
MOST_CHARACTERS: Final = 64_000
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. ]{0,59}")
_CUT: Final = "\nMore is on the run's page.\n"


def run_comment(key: str, text: str, job: str = "") -> str:
    """Return the Markdown of a comment: a hidden mark that has `key`, a text, and where it is from.

    The text is Markdown already, and `job` the address of the job's page. What is too long for a
    comment is left out from the end, and that is said. Raises ValueError for a key that a mark
    cannot have.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(
            f"Expected a key of at most 60 letters, digits, spaces, dots and underscores; seen: "
            f"{key!r}."
        )
    foot = f"\n[The job, and the run's page among its artifacts]({job})\n" if job else ""
    return f"<!-- gatewaybench: {key} -->\n{''.join(_fitting(text))}{foot}"


def no_run(ended: str) -> str:
    """Return the text where a command ended before there was a run; `ended` is its exit code."""
    code = f" with exit code {int(ended)}" if ended.isdecimal() else ""
    return f"## No run\n\nThe command ended{code} before there was a run: its log says why.\n"


def _fitting(text: str) -> Iterator[str]:
    """Yield the lines that a comment has room for."""
    left = MOST_CHARACTERS
    for line in text.splitlines(keepends=True):
        left -= len(line)
        if left < 0:
            yield _CUT
            return
        yield line
