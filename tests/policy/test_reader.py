"""The door's view of policy.db: whatever becomes of the files, it decides or denies, and recovers."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorctl.core.decision import decide
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest
from doorctl.database import open_writer
from doorctl.policy.reader import PolicyReader
from tests.policy.policies import (
    ADA,
    ADAS_GRANT,
    BUILDING,
    KEY,
    change_policy,
    kill_a_keeper_in_the_middle,
    revision_in_force,
    write_policy,
)

REQUEST = AccessRequest("front", (KEY,), datetime(2026, 6, 3, 12, 0, tzinfo=UTC))


class Controller:
    """A state folder with policies in it, and the door's reader."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.link = folder / "policy.db"
        self.reader = PolicyReader(self.link)

    def write(self, name: str, *, admits: bool = True) -> Path:
        """Make a policy file that the link does not lead to yet."""
        path = self.folder / name
        write_policy(path, [*BUILDING, *ADA, *([ADAS_GRANT] if admits else [])])
        return path

    def lead_to(self, name: str) -> None:
        """Swap the policy as the keeper does: one link is renamed."""
        fresh = self.folder / "policy.db.next"
        fresh.symlink_to(name)
        fresh.rename(self.link)

    def reason(self) -> Reason:
        """Ask whether Ada may pass."""
        facts, _ = self.reader.facts(REQUEST)
        return decide(REQUEST, facts).reason


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[Controller]:
    controller = Controller(tmp_path)
    yield controller
    controller.reader.close()


@pytest.fixture
def running(controller: Controller) -> Controller:
    """A controller whose policy admits Ada, and whose keeper was stopped cleanly."""
    controller.write("one.db")
    controller.lead_to("one.db")
    return controller


def test_a_policy_that_was_never_there_denies_until_it_comes(controller: Controller) -> None:
    before = controller.reason()
    controller.write("one.db")
    controller.lead_to("one.db")

    assert before is Reason.NO_POLICY
    assert controller.reason() is Reason.GRANTED


def test_a_link_to_nothing_denies_until_it_leads_somewhere(controller: Controller) -> None:
    controller.lead_to("one.db")
    before = controller.reason()
    controller.write("one.db")

    assert before is Reason.NO_POLICY
    assert controller.reason() is Reason.GRANTED
    assert not (controller.folder / "policy.db-wal").exists()


def test_a_reader_never_makes_a_file(controller: Controller) -> None:
    controller.lead_to("one.db")
    controller.reason()

    assert not (controller.folder / "one.db").exists()


def test_a_swapped_policy_is_seen_at_the_next_question(running: Controller) -> None:
    before = running.reason()
    running.write("two.db", admits=False)
    running.lead_to("two.db")

    assert (before, running.reason()) == (Reason.GRANTED, Reason.NO_GRANT)


def test_a_change_is_seen_at_the_next_question(controller: Controller) -> None:
    path = controller.write("one.db", admits=False)
    controller.lead_to("one.db")
    before = controller.reason()
    change_policy(path, [ADAS_GRANT])

    assert (before, controller.reason()) == (Reason.NO_GRANT, Reason.GRANTED)


def test_the_revision_in_force_follows_changes_and_swaps(running: Controller) -> None:
    seen = [revision_in_force(running.reader)]
    change_policy(running.folder / "one.db", BUILDING)
    seen.append(revision_in_force(running.reader))
    running.link.unlink()
    seen.append(revision_in_force(running.reader))
    running.lead_to("one.db")
    seen.append(revision_in_force(running.reader))

    assert seen == [1, 2, None, 2]


def test_a_keeper_killed_in_the_middle_of_a_change_changed_nothing(running: Controller) -> None:
    kill_a_keeper_in_the_middle(running.folder / "one.db")

    assert (running.folder / "one.db-wal").stat().st_size > 0
    assert running.reason() is Reason.GRANTED


def test_a_keeper_killed_while_the_door_reads_changed_nothing(running: Controller) -> None:
    before = running.reason()
    kill_a_keeper_in_the_middle(running.folder / "one.db")

    assert (before, running.reason()) == (Reason.GRANTED, Reason.GRANTED)


def test_a_keeper_in_the_middle_of_a_change_holds_nobody_up(running: Controller) -> None:
    with closing(open_writer(running.folder / "one.db")) as keeper:
        keeper.execute("BEGIN IMMEDIATE")
        keeper.execute("DELETE FROM grants")

        assert running.reason() is Reason.GRANTED


Damage = Callable[[Path], None]


def no_wal(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


def no_shm(path: Path) -> None:
    path.with_name(path.name + "-shm").unlink()


def no_sidecars(path: Path) -> None:
    no_wal(path)
    no_shm(path)


def wal_of_garbage(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(random.Random(1).randbytes(50_000))


def wal_of_text(path: Path) -> None:
    path.with_name(path.name + "-wal").write_text("not a log\n" * 1000)


def wal_cut_short(path: Path) -> None:
    wal = path.with_name(path.name + "-wal")
    wal.write_bytes(wal.read_bytes()[:-1000])


def shm_of_garbage(path: Path) -> None:
    path.with_name(path.name + "-shm").write_bytes(random.Random(1).randbytes(32_768))


def shm_of_nothing(path: Path) -> None:
    path.with_name(path.name + "-shm").write_bytes(b"")


def wal_of_another_database(path: Path) -> None:
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE position (epoch TEXT, revision TEXT, chain TEXT)")
        connection.execute("INSERT INTO position VALUES (NULL, 'x', 5)")
        shutil.copy(other.with_name("other.db-wal"), path.with_name(path.name + "-wal"))


def text_in_place(path: Path) -> None:
    path.write_text("this is a text file\n" * 1000)


def nothing_in_place(path: Path) -> None:
    path.write_bytes(b"")


def garbage_in_place(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100] + random.Random(1).randbytes(path.stat().st_size - 100))


def a_folder_in_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


SIDECAR_DAMAGES: tuple[Damage, ...] = (
    no_wal,
    no_shm,
    no_sidecars,
    wal_of_garbage,
    wal_of_text,
    wal_cut_short,
    shm_of_garbage,
    shm_of_nothing,
)
FILE_DAMAGES: tuple[Damage, ...] = (
    wal_of_another_database,
    text_in_place,
    nothing_in_place,
    garbage_in_place,
    a_folder_in_place,
)


@pytest.mark.parametrize("damage", SIDECAR_DAMAGES)
def test_a_door_started_after_a_killed_keeper_decides_with_any_sidecars(
    controller: Controller, damage: Damage
) -> None:
    path = controller.write("one.db")
    controller.lead_to("one.db")
    kill_a_keeper_in_the_middle(path)
    damage(path)

    assert controller.reason() is Reason.GRANTED


@pytest.mark.parametrize("damage", FILE_DAMAGES)
def test_a_door_started_on_a_damaged_policy_denies_and_recovers(controller: Controller, damage: Damage) -> None:
    path = controller.write("one.db")
    controller.lead_to("one.db")
    damage(path)
    during = controller.reason()
    controller.write("two.db")
    controller.lead_to("two.db")

    assert during is Reason.NO_POLICY
    assert controller.reader.why_unavailable
    assert controller.reason() is Reason.GRANTED


def test_a_stale_wal_of_the_same_policy_is_an_older_policy_at_most(controller: Controller) -> None:
    path = controller.write("one.db", admits=False)
    controller.lead_to("one.db")
    with closing(open_writer(path)) as keeper:
        keeper.execute("INSERT INTO groups VALUES ('old')")
        stale = path.with_name("one.db-wal").read_bytes()
    change_policy(path, [ADAS_GRANT])
    path.with_name("one.db-wal").write_bytes(stale)

    assert controller.reason() in (Reason.NO_GRANT, Reason.GRANTED, Reason.NO_POLICY)


@pytest.mark.parametrize("seed", range(40))
def test_a_policy_with_flipped_bytes_never_crashes_the_reader(controller: Controller, seed: int) -> None:
    path = controller.write("one.db")
    controller.lead_to("one.db")
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(200):
        content[chance.randrange(100, len(content))] ^= chance.randrange(1, 256)
    path.write_bytes(content)

    assert controller.reason() in Reason
    controller.reader.building()
