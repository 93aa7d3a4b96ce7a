"""The door's own look at trust: only what the pinned root has signed, never older than what it holds."""

from pathlib import Path

import pytest

from doorctl.door.policy.trust_watch import TrustWatch
from doorctl.trust.note import Trust
from doorctl.trust.verify import sign_trust
from tests.policy.rosters import HUB, ROOT, trust


class Watched:
    """A folder with trust in it, and the door's watch."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "trust.note"
        self.watch = TrustWatch(self.path, site="hq", root_keys=[ROOT.verifier.public_key])

    def put(self, note: bytes) -> None:
        fresh = self.path.with_name("next")
        fresh.write_bytes(note)
        fresh.replace(self.path)

    def versions(self) -> int | None:
        found: Trust | None = self.watch.news()
        return found.version if found else None


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_trust_that_is_not_there_yet_is_no_news(watched: Watched) -> None:
    assert watched.versions() is None


def test_trust_is_told_once_and_newer_trust_again(watched: Watched) -> None:
    watched.put(sign_trust(trust(1), ROOT).note)
    told = [watched.versions(), watched.versions()]
    watched.put(sign_trust(trust(3), ROOT).note)

    assert [*told, watched.versions()] == [1, None, 3]


@pytest.mark.parametrize("note", [sign_trust(trust(9), HUB).note, sign_trust(trust(1), ROOT).note, b"rubbish"])
def test_trust_that_the_root_has_not_signed_or_that_is_older_changes_nothing(watched: Watched, note: bytes) -> None:
    watched.put(sign_trust(trust(2), ROOT).note)
    first = watched.versions()
    watched.put(note)

    assert (first, watched.versions()) == (2, None)


def test_trust_that_cannot_be_used_is_told_once(watched: Watched, capfd: pytest.CaptureFixture[str]) -> None:
    watched.put(b"rubbish")
    for _ in range(3):
        watched.versions()

    assert capfd.readouterr().err.count("event=trust_unusable") == 1
