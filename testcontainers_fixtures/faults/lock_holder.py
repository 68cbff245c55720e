"""Holds the write lock of every SQLite database in a folder, and answers HTTP once it has them.

This file stands alone: it is started as `python -c SOURCE` wherever a part can run, so it imports
the standard library only. The locks go with its process.

    LOCK_FOLDER           where the databases are
    LOCK_BIND, LOCK_PORT  where it answers, as soon as it holds them
"""

import http.server
import os
import sqlite3
import sys
from pathlib import Path

MAGIC = b"SQLite format 3\0"
WAIT_S = 10.0


def databases(folder: Path) -> list[Path]:
    """Return the files that are SQLite databases."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in found if path.open("rb").read(len(MAGIC)) == MAGIC]


def locked(path: Path) -> sqlite3.Connection:
    """Return a connection that holds the write lock: writers wait for it, readers do not."""
    connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


class LocksHeldHandler(http.server.BaseHTTPRequestHandler):
    """Says that the locks are held."""

    def do_GET(self) -> None:
        """Answer 200."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> None:
    """Take the locks, then answer until the process is ended."""
    folder = Path(os.environ["LOCK_FOLDER"])
    held = [locked(path) for path in databases(folder)]
    if not held:
        sys.exit(f"Expected an SQLite database in {folder}; there is none.")
    where = os.environ["LOCK_BIND"], int(os.environ["LOCK_PORT"])
    http.server.HTTPServer(where, LocksHeldHandler).serve_forever()


if __name__ == "__main__":
    main()
