"""Puts a comment on a pull request of GitHub's, in the place of the one that had its mark before.

Only a comment of the same author is written over: a mark is text, which anybody can write.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from testcontainers_fixtures.errors import NoAnswerError, StackError
from testcontainers_fixtures.http_client.http_exchange import HttpReply, exchange

WITHIN_S: Final = 30.0
# Of a hundred each: whoever has more comments than these gets one more.
MOST_PAGES: Final = 30
A_PAGE: Final = 100
_OK: Final = range(200, 300)
_SAID_CHARACTERS: Final = 200


class CommentError(StackError):
    """A comment could not be put up, which says why."""


class PullRequest(Struct, frozen=True, kw_only=True):
    """A pull request: the REST API's address, the repository (owner/name), number and token.

    `author` is whose comments are written over: the account that the token is of.
    """

    api: str
    repository: str
    number: int
    token: str
    author: str

    def put(self, text: str) -> str:
        """Put a comment up, whose first line is its mark; return its address.

        Raises CommentError where GitHub does not answer or refuses.
        """
        mark = text.partition("\n")[0]
        found = next((one["id"] for one in self._comments() if self._is_ours(one, mark)), None)
        if found is None:
            return str(self._asked("POST", self._thread, {"body": text})["html_url"])
        place = f"/repos/{self.repository}/issues/comments/{found}"
        return str(self._asked("PATCH", place, {"body": text})["html_url"])

    @property
    def _thread(self) -> str:
        return f"/repos/{self.repository}/issues/{self.number}/comments"

    def _is_ours(self, comment: dict[str, Any], mark: str) -> bool:
        author = (comment.get("user") or {}).get("login")
        return author == self.author and str(comment.get("body")).partition("\n")[0].strip() == mark

    def _comments(self) -> Iterator[dict[str, Any]]:
        for page in range(1, MOST_PAGES + 1):
            rows = self._asked("GET", f"{self._thread}?per_page={A_PAGE}&page={page}")
            yield from rows
            if len(rows) < A_PAGE:
                return

    def _asked(self, method: str, target: str, body: dict[str, str] | None = None) -> Any:  # noqa: ANN401 -- JSON
        try:
            reply = exchange(
                self.api,
                method,
                target,
                within_s=WITHIN_S,
                headers=self._headers,
                body=None if body is None else json.dumps(body).encode(),
            )
            if reply.status in _OK:
                return json.loads(reply.body)
        except (NoAnswerError, ValueError) as error:
            raise CommentError(f"Expected an answer of {self.api}, but: {error}.") from error
        raise CommentError(_refusal(method, target, reply))

    @property
    def _headers(self) -> dict[str, str]:
        return {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "User-Agent": "gatewaybench",
            "X-GitHub-Api-Version": "2022-11-28",
        }


def _refusal(method: str, target: str, reply: HttpReply) -> str:
    said = " ".join(reply.text.split())[:_SAID_CHARACTERS]
    return (
        f"No comment was put up: {method} {target.partition('?')[0]} was answered {reply.status}, "
        f"{said!r}. The token must be allowed to write to pull requests (permissions: "
        f"pull-requests: write); that of a fork's pull request never is."
    )
