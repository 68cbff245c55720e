"""A stub of the part of GitHub's REST API that comments take, on 127.0.0.1."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "shop/front"
NUMBER = 7
TOKEN = "t0ken"  # noqa: S105 -- it opens nothing
OURS = "github-actions[bot]"
_THREAD = f"/repos/{REPOSITORY}/issues/{NUMBER}/comments"
_ONE = re.compile(rf"/repos/{REPOSITORY}/issues/comments/(\d+)")


@dataclass
class GitHub:
    """A pull request's comments, and how the API is asked for them."""

    url: str = ""
    # Whether the token may write, as that of a fork's pull request may not.
    may_write: bool = True
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def add(self, body: str, author: str = OURS) -> dict[str, Any]:
        number = len(self.comments) + 1
        address = f"https://github.example/{REPOSITORY}/pull/{NUMBER}#issuecomment-{number}"
        made = {"id": number, "user": {"login": author}, "body": body, "html_url": address}
        self.comments.append(made)
        return made

    def answer(self, method: str, target: str, token: str, body: dict[str, str]) -> tuple[int, Any]:
        """Return what the API answers, as its reference has it ("Issue comments")."""
        self.asked.append(f"{method} {target}")
        place, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if token != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        if method != "GET" and not self.may_write:
            return 403, {"message": "Resource not accessible by integration"}
        if method == "GET" and place == _THREAD:
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.comments[size * (page - 1) : size * page]
        if method == "POST" and place == _THREAD:
            return 201, self.add(body["body"])
        if method == "PATCH" and (found := _ONE.fullmatch(place)):
            made = self.comments[int(found[1]) - 1]
            made["body"] = body["body"]
            return 200, made
        return 404, {"message": "Not Found"}


@contextmanager
def github() -> Iterator[GitHub]:
    """Give the API of a repository with one pull request, for as long as it is needed."""
    state = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length) or b"{}")
            token = self.headers.get("Authorization", "")
            status, told = state.answer(self.command, self.path, token, sent)
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 -- as http.server calls them

        def log_message(self, *said: object) -> None:
            _ = said

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
