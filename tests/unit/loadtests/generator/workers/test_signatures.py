"""What comes in an envelope is what the other side sent, to this worker, once."""

import pytest

from loadtests.generator.workers.signatures import Seal, SignatureError, secret_in

SECRET = b"hush"


def pair() -> tuple[Seal, Seal]:
    """Return a master's and a worker's seal that know each other."""
    master, worker = Seal.of_master(SECRET), Seal(SECRET)
    worker.opened("order", "w", master.sealed("order", "w", b"hello"))
    return master, worker


def test_both_sides_read_each_other() -> None:
    master, worker = pair()

    assert worker.opened("order", "w", master.sealed("order", "w", b"go")) == b"go"
    assert master.opened("reply", "w", worker.sealed("reply", "w", b"done")) == b"done"


def test_no_message_counts_twice() -> None:
    master, worker = pair()
    sent = master.sealed("order", "w", b"go")
    worker.opened("order", "w", sent)

    with pytest.raises(SignatureError, match="second time"):
        worker.opened("order", "w", sent)


def test_a_message_is_for_one_worker_in_one_direction_from_one_master_alone() -> None:
    master, worker = pair()
    elsewhere, _ = pair()

    for data in (
        master.sealed("order", "another", b"go"),
        master.sealed("reply", "w", b"go"),
        elsewhere.sealed("order", "w", b"go"),
        Seal.of_master(b"guess").sealed("order", "w", b"go"),
        Seal.of_master(None).sealed("order", "w", b"go"),
    ):
        with pytest.raises(SignatureError):
            worker.opened("order", "w", data)


def test_a_changed_message_is_none() -> None:
    master, worker = pair()
    sent = master.sealed("order", "w", b"slow")

    with pytest.raises(SignatureError, match="not signed with the secret"):
        worker.opened("order", "w", sent.replace(b"slow", b"fast"))


def test_a_reply_to_an_earlier_master_is_none() -> None:
    _, worker = pair()

    with pytest.raises(SignatureError):
        Seal.of_master(SECRET).opened("reply", "w", worker.sealed("reply", "w", b"done"))


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x93\x01\x02\x03", b"Hello"])
def test_what_is_no_envelope_is_of_another_version(data: bytes) -> None:
    with pytest.raises(SignatureError, match="another version"):
        Seal(None).opened("order", "w", data)


def test_a_secret_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANNEL_SECRET", "hush")

    assert secret_in("CHANNEL_SECRET") == SECRET
    with pytest.raises(LookupError, match="NO_SUCH_VARIABLE has no secret in it"):
        secret_in("NO_SUCH_VARIABLE")
    assert secret_in(None) is None
    assert "hush" not in repr(Seal(SECRET))
