"""Bytes to an HTTP process as they are, and all that it answers to them."""

import resource
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

ANSWERED_WITHIN_S = 10.0
STILL_OPEN = b"<the connection stands>"


def connected(url: str, *, within_s: float = ANSWERED_WITHIN_S) -> socket.socket:
    """Return a connection on which each wait lasts so long at most."""
    where = urlsplit(url)
    return socket.create_connection((where.hostname, where.port), timeout=within_s)


def told(url: str, sent: bytes, *, within_s: float = ANSWERED_WITHIN_S) -> bytes:
    """Return all that is answered to these bytes until the connection is closed."""
    with connected(url, within_s=within_s) as connection:
        with suppress(ConnectionError):
            connection.sendall(sent)
        return heard(connection)


def answered(connection: socket.socket) -> bytes:
    """Return one whole answer, of a length that it says, and leave the connection open."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65_536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def heard(connection: socket.socket) -> bytes:
    """Return all that comes until the connection is closed, or STILL_OPEN in place of that."""
    answer = b""
    try:
        while piece := connection.recv(65_536):
            answer += piece
    except TimeoutError:
        answer += STILL_OPEN
    except ConnectionError:
        pass
    return answer


def status(answer: bytes) -> int:
    """Return the status of the first answer; 0 where there is none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if words[0] == b"HTTP/1.1" else 0


def held_by(worker: int) -> int:
    """Return a process's memory, in bytes."""
    text = Path(f"/proc/{worker}/statm").read_text(encoding="ascii")
    return int(text.split()[1]) * resource.getpagesize()
