"""Tells feed readers of the runs: the list as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/).

A feed asks for full addresses, and only who serves the site knows them: without its address links
are relative to the feed, and a run's folder is its id, which never changes.
"""

import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from reports.page.page import RunEntry

FEED_NAME: Final = "feed.json"
VERSION: Final = "https://jsonfeed.org/version/1.1"


def feed(entries: Sequence[RunEntry], url: str = "") -> dict[str, Any]:
    """Return the feed of some runs, the newest first; `url` is where the site is served."""
    base = f"{url.rstrip('/')}/" if url else ""
    addresses = {"home_page_url": base, "feed_url": f"{base}{FEED_NAME}"} if base else {}
    newest_first = sorted(entries, key=lambda one: one.started_at, reverse=True)
    return {
        "version": VERSION,
        "title": "gatewaybench: runs",
        **addresses,
        "language": "en",
        "items": [_item(one, base) for one in newest_first],
    }


def feed_text(entries: Sequence[RunEntry], url: str = "") -> str:
    """Return the feed as it stands in its file."""
    return json.dumps(feed(entries, url), indent=1, ensure_ascii=False) + "\n"


def _item(one: RunEntry, base: str) -> dict[str, Any]:
    address = f"{base}{quote(one.folder)}/index.html"
    return {
        "id": address if base else one.folder,
        "url": address,
        "title": f"{one.kind}, {one.verdict}",
        "content_text": f"{one.headline} Stack {one.stack}, engine {one.engine}, "
        f"RabbitMQ {one.rabbitmq}.",
        "date_published": one.started_at.isoformat(),
        "tags": [one.kind, one.verdict],
    }
