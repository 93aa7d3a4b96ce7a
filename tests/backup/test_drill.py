"""The restore drill of docs/operations.md in the middle of traffic: the hub is lost, and comes back from its backup.

Badges are shown and admins command all the time. A follower backs the hub up; then it is stopped, so that whatever is
done from then on is in no backup. The hub is killed, its folder is gone, and another is restored in its place.
"""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest

from doorctl.core.records import RecordKind
from doorctl.wire.commands import GrantAdd, GroupAdd, Revoke
from tests.system.busy_site import BusySite
from tests.system.databases import reading
from tests.system.proofs import prove_the_changes, prove_the_records, prove_the_releases
from tests.system.site import ADA, FLOOR, SERVER_ROOM, RunningSite, a_running_site

SECONDS, LOOK_SECONDS = 1.0, 0.02
MADE_ANEW = {"snapshots", "hub.lock", "backup.lock", "site.db-wal", "site.db-shm", "backups", "restored.json"}
"""What a hub has in its folder and makes again, or is told once."""


@contextmanager
def following(site: RunningSite, place: Path, recipient: str) -> Iterator[None]:
    """Back the hub up each second, with everything it needs."""
    place.mkdir()
    words = ["--config", str(site.site / "hub" / "hub.toml"), "--to", str(place), "--recipient", recipient]
    command = [sys.executable, "-m", "doorctl", "backup", *words, "--with-keys", "--follow", "--every", "1"]
    with (
        (site.folder / "backup.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as follower,
    ):
        try:
            yield
        finally:
            follower.send_signal(signal.SIGTERM)
            assert follower.wait(60) == 0


def newest_series(place: Path) -> list[Path]:
    """Return the newest base and its increments, as the shell finds them; nothing before there is a base."""
    bases = sorted(place.glob("*Z-????????.age"), key=lambda path: path.stat().st_mtime)
    return [path for base in bases[-1:] for path in sorted(place.glob(f"{base.stem}*.age"))]


async def lose_the_hub(busy: BusySite) -> None:
    """Kill it, and have its disk gone, at a moment at which nothing that it has accepted is on that disk alone."""
    site = busy.site
    while True:
        site.send("hub", signal.SIGSTOP)
        await asyncio.sleep(SECONDS)  # what it has said is on its way
        if max(busy.told.accepted.values()) <= site.revision(site.policy_db):
            break
        site.send("hub", signal.SIGCONT)
        await asyncio.sleep(LOOK_SECONDS)
    site.kill("hub")
    shutil.rmtree(site.site / "hub")


def restore(site: RunningSite, place: Path, identity: Path) -> dict[str, object]:
    """Restore into the empty folder, as the drill says."""
    files = map(str, newest_series(place))
    told = site.doorctl("restore", *files, "--identity", str(identity), "--to", str(site.site / "hub"), "--json")
    found: dict[str, object] = json.loads(told)
    return found


def hub_epochs(site: RunningSite) -> list[list[str]]:
    """Return the kinds of record of each epoch of the hub's own log."""
    query = "SELECT log_epoch, kind FROM records WHERE controller = 'hub' ORDER BY log_epoch, seq"
    with reading(site.site_db) as hub:
        rows = hub.execute(query).fetchall()
    return [[kind for _, kind in group] for _, group in groupby(rows, key=itemgetter(0))]


async def more_is_in_force(busy: BusySite) -> None:
    """Wait until the hub has accepted something more, and the controller has it."""
    site, before = busy.site, len(busy.told.accepted)
    while len(busy.told.accepted) == before:
        await asyncio.sleep(LOOK_SECONDS)
    newest = max(busy.told.accepted.values())
    await asyncio.to_thread(site.until, lambda: site.revision(site.policy_db) >= newest, what=f"revision {newest}")


def wait_until_it_lacks_nothing(site: RunningSite) -> None:
    """Wait until a restored hub has its changes back, and has carried out what was on its way to it."""
    site.until(lambda: site.status().lost_up_to is None, what="the changes to be back")
    site.change(GroupAdd("the-last"))
    site.wait_until_synchronous()


@pytest.mark.timeout(900)
def test_a_hub_that_is_lost_in_the_middle_of_traffic_comes_back_from_its_backup(tmp_path: Path) -> None:
    with a_running_site() as site:
        site.rewrite_configs("unlock_seconds = 1.0", "unlock_seconds = 0.05")
        site.change(GrantAdd("grant-1", SERVER_ROOM, holder=ADA))
        site.restart("door")
        busy, place, identity = BusySite(site), tmp_path / "second", tmp_path / "backup.key"
        recipient = site.doorctl("backup", "key", "--out", str(identity)).strip()

        async def back_up_in_traffic() -> None:
            with following(site, place, recipient):
                await more_is_in_force(busy)
                await asyncio.to_thread(
                    site.until, lambda: len(newest_series(place)) > 1, what="an increment beside its base"
                )

        async def go_on_and_lose_it() -> None:
            await more_is_in_force(busy)
            await lose_the_hub(busy)
            restore(site, place, identity)
            site.start("hub")
            await asyncio.sleep(SECONDS)

        asyncio.run(busy.while_busy(back_up_in_traffic()))
        backed_up = len(busy.told.accepted)
        revoked_after_backup = site.change(Revoke(SERVER_ROOM, holder=ADA))
        asyncio.run(busy.while_busy(go_on_and_lose_it()))
        site.wait_until_synchronous()

        assert revoked_after_backup.verdict == "done"
        assert len(busy.told.accepted) > backed_up > 0
        site.assert_denies(door=SERVER_ROOM)  # what was revoked after the backup stays so
        site.assert_opens()
        wait_until_it_lacks_nothing(site)
        prove_the_changes(busy)
        prove_the_records(site)
        prove_the_releases(site)
        assert site.position(site.site_db) == site.position(site.policy_db)
        before, after = hub_epochs(site)
        assert RecordKind.RESTORED not in before
        assert after[:2] == [RecordKind.LOG_RECOVERED, RecordKind.RESTORED]


def test_every_file_of_a_hub_is_in_its_backup_or_is_made_anew(tmp_path: Path) -> None:
    with a_running_site() as site:
        identity = tmp_path / "backup.key"
        recipient = site.doorctl("backup", "key", "--out", str(identity)).strip()
        config = str(site.site / "hub" / "hub.toml")
        to = tmp_path / "hub.age"
        site.doorctl("backup", "--config", config, "--to", str(to), "--recipient", recipient, "--with-keys")
        had = {path.name for path in site.site_db.parent.iterdir()}

        site.doorctl("restore", str(to), "--identity", str(identity), "--to", str(tmp_path / "back"))

        assert had - {path.name for path in (tmp_path / "back" / "state").iterdir()} <= MADE_ANEW
        with reading(site.site_db) as ours, reading(tmp_path / "back" / "state" / "site.db") as theirs:
            assert [each.execute("SELECT holder, zone FROM grants").fetchall() for each in (ours, theirs)] == [
                [(ADA, FLOOR)]
            ] * 2
