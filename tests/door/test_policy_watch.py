"""The watch over policy.db: each revision in force is recorded once, and so is that there is none."""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorctl.audit.leaf import Draft
from doorctl.audit.state import RosterAccepted
from doorctl.audit.writer import Committed, Failed, Verdict
from doorctl.core.model import ZoneKind
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest, Facts
from doorctl.database import open_writer
from doorctl.door.hub_watch import HubNews
from doorctl.door.policy.policy_desk import LOOK_SECONDS, PolicyDesk
from doorctl.door.policy.policy_watch import PolicyWatch, RosterRecords
from doorctl.keys.card_keys import new_card_keys
from doorctl.policy.building import DoorPlace, PolicyPosition
from doorctl.policy.rows import DoorRow, LockdownRow, RosterRow, SuspendedAdminRow, ZoneRow
from doorctl.trust.verify import sign_trust
from doorctl.wire.bell import CarriedOut, CarryOut, Forked, HubSigned, InForce, Look, NoPolicy
from doorctl.wire.notes import text_of
from doorctl.wire.orders import DenyHolder, OpenNow
from doorctl.wire.roster import RosterVersion
from tests.door.desk_files import files_in
from tests.door.hand_driven import ADMITTED, RELEASED, SECURED, HandDrivenDoorway, Notebook
from tests.keeper_bell import KeeperBell
from tests.policy.policies import ADA, BUILDING, KEY, change_policy, write_policy
from tests.policy.rosters import ROOT, ZONE, a_roster, trust

WAIT_SECONDS = 60.0
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Watched:
    """A watch over one doorway's policy."""

    def __init__(
        self,
        folder: Path,
        *,
        failures: int = 0,
        signatures: Mapping[str, int] | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self.file = folder / "one.db"
        self.link = folder / "policy.db"
        self.door = HandDrivenDoorway()
        self.notebook = Notebook()
        self.orders: list[CarryOut] = []
        self.erased: list[str] = []
        self.news: list[HubNews] = []
        self.failures = failures
        self.files = files_in(folder, signatures=signatures or {})
        self.roster_records = RosterRecords(self.notebook.statements, self.submit)
        watch = PolicyWatch(
            {self.door.doorway.door: self.door.doorway},
            self.notebook,
            roster_records=self.roster_records,
            deny_list=self.door.deny_list,
            carry_out=self.orders.append,
            erase=self.erased.extend,
            hear=self.news.append,
        )
        self.desk = PolicyDesk(self.files, look_seconds=look_seconds)
        self.desk.start(watch)

    def ask(self) -> Facts:
        """Ask what is known of Ada's request."""
        answers: list[Facts] = []
        self.desk.ask(AccessRequest("front", (KEY,), NOON), lambda facts, _: answers.append(facts))
        self.wait_until(lambda: bool(answers))
        return answers[0]

    def submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        """Take records that the door waits for; the first ``failures`` of them cannot be written."""
        if self.failures:
            self.failures -= 1
            done(Failed("no space"))
            return
        self.notebook.drafts.extend(drafts)
        done(Committed([0]))

    def look(self, records: int, *, seconds: float = WAIT_SECONDS) -> list[str]:
        """Wait for so many records, or until the time is up; return what has been recorded of it so far."""
        self.wait_until(lambda: len(self.notebook.told) >= records, seconds=seconds)
        return [detail for kind, _, detail in self.notebook.told if kind is RecordKind.POLICY_APPLIED]

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


def test_a_policy_made_anew_at_the_same_revision_reaches_the_door(watched: Watched, tmp_path: Path) -> None:
    watched.look(1)
    shutil.copy(watched.file, tmp_path / "two.db")
    with closing(open_writer(tmp_path / "two.db")) as connection:
        connection.execute("INSERT INTO lockdowns VALUES ('*')")
    (tmp_path / "next").symlink_to("two.db")
    (tmp_path / "next").rename(watched.link)

    assert watched.look(2) == ["epoch=1 revision=1", "epoch=1 revision=1"]
    assert watched.door.doorway.place == DoorPlace("floor-3", locked_down=True)


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

    assert [(who, position and position.revision) for who, position in answers] == [("ada", 1)]


def test_a_ring_of_keys_that_comes_later_is_used(watched: Watched, tmp_path: Path) -> None:
    new_card_keys(tmp_path / "card.keys")
    deadline = time.monotonic() + WAIT_SECONDS
    while not watched.files.card_keys.credential_keys("H10301:1:2"):
        assert time.monotonic() < deadline
        time.sleep(LOOK_SECONDS)


def test_records_of_a_door_name_the_zone_that_the_policy_gives_it(watched: Watched) -> None:
    watched.look(1)
    before = watched.door.doorway.zone
    change_policy(watched.file, [ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM), DoorRow(id="front", zone="vault")])
    watched.look(2)

    assert (before, watched.door.doorway.zone) == ("floor-3", "vault")


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[KeeperBell]:
    keeper = KeeperBell(tmp_path)
    yield keeper
    keeper.close()


def test_a_door_looks_when_the_keeper_rings_and_says_by_what_it_answers(keeper: KeeperBell, tmp_path: Path) -> None:
    write_policy(tmp_path / "one.db", [*BUILDING, *ADA])
    (tmp_path / "policy.db").symlink_to("one.db")
    watched = Watched(tmp_path, look_seconds=10 * WAIT_SECONDS)
    first = keeper.hear(InForce)
    change_policy(watched.file, [ZoneRow(id="vault", kind=ZoneKind.SERVER_ROOM)])
    keeper.say(Look())
    second = keeper.hear(InForce)
    watched.desk.stop()

    assert (first.epoch, first.revision, first.doors) == (1, 1, ("front",))
    assert second.revision == 2


def test_a_keeper_hears_which_doors_are_strict(keeper: KeeperBell, tmp_path: Path) -> None:
    write_policy(tmp_path / "one.db", [*BUILDING, *ADA])
    (tmp_path / "policy.db").symlink_to("one.db")
    watched = Watched(tmp_path, signatures={ZONE: 1})
    said = keeper.hear(InForce)
    watched.desk.stop()

    assert said.strict_zones == {"front": ZONE}


def test_a_keeper_that_rings_for_nothing_new_is_answered_too(keeper: KeeperBell, watched: Watched) -> None:
    keeper.hear(InForce)
    keeper.say(Look())

    assert keeper.hear(InForce).revision == 1
    assert len(watched.look(1)) == 1


def test_a_keeper_that_comes_again_hears_it_again(keeper: KeeperBell, watched: Watched) -> None:
    keeper.hear(InForce)
    keeper.hang_up()

    assert keeper.hear(InForce).revision == 1
    assert len(watched.look(1)) == 1


def test_a_keeper_hears_that_there_is_no_policy(keeper: KeeperBell, watched: Watched) -> None:
    keeper.hear(InForce)
    watched.link.unlink()

    assert keeper.hear(NoPolicy).doors == ("front",)


def test_what_the_hub_confirms_makes_the_policy_fresh_and_the_clock_trusted(
    keeper: KeeperBell, watched: Watched
) -> None:
    before = watched.ask()
    keeper.confirm(age_seconds=5)
    during = keeper.hear(InForce)
    keeper.say(Forked())
    watched.wait_until(lambda: watched.ask().policy_forked)
    after = watched.ask()

    assert before.policy_age_seconds is None
    assert (before.clock_trusted, after.clock_trusted) == (False, True)
    assert after.policy_age_seconds == pytest.approx(5, abs=2)
    assert during.revision == 1


def test_what_the_keeper_says_of_the_hubs_log_comes_after_the_trust_that_names_its_keys(
    keeper: KeeperBell, tmp_path: Path
) -> None:
    (tmp_path / "trust.note").write_bytes(sign_trust(trust(), ROOT).note)
    watched, signed = Watched(tmp_path), HubSigned(1, 5, "ab" * 32, "A" * 92)
    keeper.say(signed)
    watched.wait_until(lambda: len(watched.news) == 2)
    watched.desk.stop()

    assert watched.news == [trust(), signed]


def test_a_mark_of_a_fork_that_comes_later_is_seen_when_the_keeper_rings(
    keeper: KeeperBell, watched: Watched, tmp_path: Path
) -> None:
    before = watched.ask().policy_forked
    (tmp_path / "policy.forked").touch()
    keeper.hear(InForce)
    keeper.say(Look())
    keeper.hear(InForce)

    assert (before, watched.ask().policy_forked) == (False, True)


def test_a_clock_that_is_confirmed_is_told_to_the_keeper(keeper: KeeperBell, watched: Watched) -> None:
    first = keeper.hear(InForce)
    keeper.confirm()

    assert (first.clock, keeper.hear(InForce).clock) == ("unsynchronized", "confirmed")
    assert len(watched.look(1)) == 1


def test_an_order_reaches_the_loop_and_its_outcome_the_keeper(keeper: KeeperBell, watched: Watched) -> None:
    order = CarryOut("0" * 32, "grace", 1_800_000_000, OpenNow("front"), by_officer=False)
    keeper.say(order)
    watched.wait_until(lambda: bool(watched.orders))
    watched.desk.tell_keeper(CarriedOut(order.id, "done", "", 3))

    assert watched.orders == [order]
    assert keeper.hear(CarriedOut) == CarriedOut(order.id, "done", "", 3)


def test_a_lockdown_reaches_the_door(watched: Watched) -> None:
    watched.look(1)
    change_policy(watched.file, [LockdownRow(scope="*")])
    watched.look(2)

    assert watched.door.doorway.place == DoorPlace("floor-3", locked_down=True)


def test_the_suspension_of_an_admin_ends_what_that_admin_holds_open(watched: Watched) -> None:
    watched.look(1)
    watched.door.doorway.hold_open(0, seconds=600, admin="grace")
    change_policy(watched.file, [SuspendedAdminRow(id="grace")])
    watched.look(2)
    watched.link.unlink()
    watched.look(3)

    assert watched.door.moves == [RELEASED, SECURED]
    assert watched.door.deny_list.has_suspended("grace")


def test_another_policy_ends_an_order_that_it_says_itself(watched: Watched) -> None:
    watched.look(1)
    watched.door.deny_list.add(DenyHolder("ada", 2), PolicyPosition(1, 1))
    change_policy(watched.file, [LockdownRow(scope="*")])
    watched.look(2)

    assert not watched.door.deny_list.denies(AccessRequest("front", (), NOON), ADMITTED)


def test_a_roster_that_counts_is_recorded_until_that_is_on_disk(tmp_path: Path) -> None:
    write_policy(tmp_path / "one.db", [*BUILDING, *ADA, RosterRow(zone=ZONE, note=a_roster(version=5))])
    (tmp_path / "policy.db").symlink_to("one.db")
    (tmp_path / "trust.note").write_bytes(sign_trust(trust(), ROOT).note)
    watched = Watched(tmp_path, failures=1, signatures={ZONE: 1})
    watched.wait_until(lambda: watched.failures == 0)
    watched.roster_records.try_again()
    watched.roster_records.try_again()
    watched.desk.stop()

    accepted = [draft for draft in watched.notebook.drafts if draft.remembered]
    sha256 = hashlib.sha256(text_of(a_roster(version=5).encode())).hexdigest()
    assert [(it.statement.kind, it.statement.zone, it.remembered) for it in accepted] == [
        (RecordKind.ROSTER_ACCEPTED, ZONE, (RosterAccepted(ZONE, RosterVersion(5, sha256)),))
    ]


def test_after_the_first_look_the_policy_is_told_before_the_loop_does_anything_else(watched: Watched) -> None:
    watched.desk.wait_for_first_look(WAIT_SECONDS)
    watched.desk.deliver()

    assert watched.door.doorway.place == DoorPlace("floor-3")
