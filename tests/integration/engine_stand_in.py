"""Stands in for the command of an engine that scales: notes each call, and fails or hangs on some.

`python engine_stand_in.py NOTES WORD... [--fails-at WORDS] [--hangs-at WORDS]`: NOTES gets a line
a call, of the words; a call of exactly such words fails, or does not end.
"""

import argparse
import time
from pathlib import Path

if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("notes", type=Path)
    options.add_argument("words", nargs="+")
    options.add_argument("--fails-at", default="")
    options.add_argument("--hangs-at", default="")
    given = options.parse_args()
    said = " ".join(given.words)
    with given.notes.open("a") as notes:
        notes.write(f"{said}\n")
    if said == given.hangs_at:
        time.sleep(600)
    if said == given.fails_at:
        raise SystemExit(f"no such number: {said}")
