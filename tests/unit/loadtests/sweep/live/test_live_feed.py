"""What a run tells while it goes, and who hears it."""

import threading
import time

from loadtests.sweep.live.live_feed import MOST_SECONDS, SECOND, LiveFeed
from testcontainers_fixtures.output.redaction import HIDDEN, noted


def test_who_has_some_events_gets_those_after_them_in_order() -> None:
    feed = LiveFeed()
    for kind in ("trial", SECOND, "phase", SECOND):
        feed.tell(kind, {})

    assert [(one.number, one.kind) for one in feed.after(1, within_s=0)] == [
        (2, SECOND),
        (3, "phase"),
        (4, SECOND),
    ]
    assert feed.after(4, within_s=0) == []


def test_who_waits_is_woken_by_the_next_event() -> None:
    feed = LiveFeed()
    threading.Timer(0.05, feed.tell, ("said", {"text": "ready"})).start()
    began_s = time.monotonic()

    (one,) = feed.after(0, within_s=5)
    assert one.about == {"text": "ready"}
    assert time.monotonic() - began_s < 2


def test_of_a_long_run_the_last_seconds_are_kept_and_every_phase() -> None:
    feed = LiveFeed()
    feed.tell("phase", {"phase": "warm-up"})
    for _ in range(MOST_SECONDS + 5):
        feed.tell(SECOND, {})
    kept = feed.after(0, within_s=0)

    assert kept[0].kind == "phase"
    assert len(kept) == MOST_SECONDS + 1


def test_a_secret_is_told_to_nobody() -> None:
    feed = LiveFeed()
    feed.tell("said", {"text": f"a part says {noted('hush-hush-live')}"})

    assert feed.after(0, within_s=0)[0].about == {"text": f"a part says {HIDDEN}"}
