"""The watch over policy.db: each revision in force is recorded once, and so is that there is none."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorctl.audit.leaf import Draft
from doorctl.audit.writer import Committed, Failed, Verdict
from doorctl.bell import CarryOut
from doorctl.core.model import AccessRequest, ZoneKind
from doorctl.core.records import RecordKind
from doorctl.door.policy_desk import LOOK_SECONDS, PolicyDesk
from doorctl.door.policy_watch import PolicyWatch, RosterRecords
from doorctl.keys import new_card_keys
from doorctl.policy.building import PolicyPosition
from doorctl.policy.rows import DoorRow, ZoneRow
from tests.door.desk_files import files_in
from tests.door.hand_driven import HandDrivenDoorway, Notebook
from tests.policy.policies import ADA, BUILDING, KEY, change_policy, write_policy

WAIT_SECONDS = 10.0
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Watched:
    """A watch over one doorway's policy."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "one.db"
        self.link = folder / "policy.db"
        self.door = HandDrivenDoorway()
        self.notebook = Notebook()
        self.orders: list[CarryOut] = []
        self.failures = 0
        self.files = files_in(folder)
        watch = PolicyWatch(
            {self.door.doorway.door: self.door.doorway},
            self.notebook,
            roster_records=RosterRecords(self.notebook.statements, self.submit),
            deny_list=self.door.deny_list,
            carry_out=self.orders.append,
        )
        self.desk = PolicyDesk(self.files)
        self.desk.start(watch)

    def submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        """Take records that the door waits for; the first ``failures`` of them cannot be written."""
        self.failures -= 1
        if self.failures >= 0:
            done(Failed("no space"))
            return
        self.notebook.drafts.extend(drafts)
        done(Committed([0]))

    def look(self, records: int, *, seconds: float = WAIT_SECONDS) -> list[str]:
        """Wait for so many records, or until the time is up; return what has been recorded of it so far."""
        self.wait_until(lambda: len(self.notebook.told) >= records, seconds=seconds)
        assert all(kind is RecordKind.POLICY_APPLIED for kind, _, _ in self.notebook.told)
        return [detail for _, _, detail in self.notebook.told]

    def wait_until(self, happens: Callable[[], bool], *, seconds: float = WAIT_SECONDS) -> None:
        """Deliver what the desk has, until it happens or the time is up."""
        deadline = time.monotonic() + seconds
        while not happens() and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS / 10)
            self.desk.deliver()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    write_policy(tmp_path / "one.db", [*BUILDING, *ADA])
    (tmp_path / "policy.db").symlink_to("one.db")
    watched = Watched(tmp_path)
    yield watched
    watched.desk.stop()


def test_the_revision_in_force_is_recorded_once(watched: Watched) -> None:
    watched.look(1)

    assert watched.look(2, seconds=4 * LOOK_SECONDS) == ["epoch=1 revision=1"]


def test_a_new_revision_is_recorded(watched: Watched) -> None:
    watched.look(1)
    change_policy(watched.file, [ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM)])

    assert watched.look(2) == ["epoch=1 revision=1", "epoch=1 revision=2"]


def test_that_there_is_no_policy_is_recorded_and_an_alarm(
    watched: Watched, capfd: pytest.CaptureFixture[str]
) -> None:
    watched.look(1)
    watched.link.unlink()

    assert watched.look(2) == ["epoch=1 revision=1", "none: every card is denied"]
    assert capfd.readouterr().err.count("event=policy_unavailable") == 1


def test_that_there_never_was_a_policy_is_recorded(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    looked = watched.look(1)
    watched.desk.stop()

    assert looked == ["none: every card is denied"]


def test_a_question_is_answered_in_the_loops_thread_by_the_policy_in_force(watched: Watched) -> None:
    answers: list[tuple[str, PolicyPosition | None]] = []
    watched.desk.ask(
        AccessRequest("front", (KEY,), NOON),
        lambda facts, position: answers.append((facts.holder.id if facts.holder else "", position)),
    )
    watched.wait_until(lambda: bool(answers))

    assert answers == [("ada", PolicyPosition(1, 1))]


def test_a_ring_of_keys_that_comes_later_is_used(watched: Watched, tmp_path: Path) -> None:
    new_card_keys(tmp_path / "card.keys")
    deadline = time.monotonic() + 5
    while not watched.files.card_keys.credential_keys("H10301:1:2"):
        assert time.monotonic() < deadline
        time.sleep(LOOK_SECONDS)


def test_records_of_a_door_name_the_zone_that_the_policy_gives_it(watched: Watched) -> None:
    watched.look(1)
    before = watched.door.doorway.zone
    change_policy(watched.file, [ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM), DoorRow(id="front", zone="vault")])
    watched.look(2)

    assert (before, watched.door.doorway.zone) == ("floor-3", "vault")
