"""A disk that runs full: what can wait is refused, and somebody can be suspended to the very end."""

from pathlib import Path

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.hub.disk_reserve import RESERVE_BYTES, DiskReserve
from doorctl.hub.snapshots.shelf import SnapshotShelf
from doorctl.hub.uploads import BYTES_PER_HOUR, NEW_LOG_BYTES, Uploads
from doorctl.wire.commands import GroupAdd, PersonAdd, PersonRemove, PersonSet, ZoneRemove, ZoneSet
from doorctl.wire.orders import Order
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from tests.hub.builders import NOON, ASite, a_private, later
from tests.hub.disks import ADisk, a_disk_of, no_room_in
from tests.hub.logs import a_log, acks, held, send

PAYLOAD_BYTES = 60_000
RECORD_BYTES = 550
"""A record in a note, with its opening beside it."""


@pytest.fixture
def disk(site_with_two: ASite) -> ADisk:
    """The disk of a hub that knows Ada; it is empty yet."""
    disk = a_disk_of(site_with_two)
    site_with_two.ask(PersonAdd("h1"), a_private(handle="ada"))
    return disk


def test_below_the_reserve_records_wait_at_the_controller_and_come_in_later(
    site_with_two: ASite, disk: ADisk, capfd: pytest.CaptureFixture[str]
) -> None:
    batch = a_log(site_with_two, size=2).batch(0, 2)
    disk.free = RESERVE_BYTES - 1

    refused = send(site_with_two, batch)

    assert (refused, held(site_with_two)) == ([], [])
    assert "<2>event=refused reason=disk-reserve count=1 channel=log name=pi-1" in capfd.readouterr().err
    disk.free = RESERVE_BYTES
    assert [size for size, _ in acks(site_with_two, send(site_with_two, batch))] == [2]


def test_below_half_of_the_reserve_nothing_is_added_and_whoever_leaves_is_denied(
    site_with_two: ASite, disk: ADisk
) -> None:
    site = site_with_two
    disk.free = RESERVE_BYTES // 2
    still = site.ask(GroupAdd("staff"))
    disk.free = RESERVE_BYTES // 2 - 1

    added, suspended = site.ask(GroupAdd("guests")), site.ask(PersonSet("h1", Status.SUSPENDED))

    assert [each.verdict for each in (still, added, suspended)] == ["accepted", "refused", "accepted"]
    assert added.reason == "disk-reserve"


def test_below_the_reserve_a_refused_command_is_not_remembered_and_its_admin_is_told_so(
    site_with_two: ASite, disk: ADisk
) -> None:
    site = site_with_two
    disk.free = RESERVE_BYTES - 1
    payload = site.a_command(ZoneRemove("floor-3"))
    remembered = site.rows("SELECT count(*) FROM commands")

    (refused,) = site.responses(site.send(payload))

    assert (refused.reason, site.rows("SELECT count(*) FROM commands")) == ("disk-reserve", remembered)
    assert refused.text.endswith("the command may still take effect until it expires: look before you repeat it")


def test_of_a_small_disk_the_reserve_is_a_tenth() -> None:
    small = ADisk(free=1000, total=10_000)

    assert not DiskReserve(small.look).is_short
    small.free = 999
    assert DiskReserve(small.look).is_short


def test_below_the_reserve_no_snapshot_is_made(site_with_two: ASite, disk: ADisk, tmp_path: Path) -> None:
    disk.free = RESERVE_BYTES - 1
    folder = tmp_path / "snapshots"
    shelf = SnapshotShelf(
        site_with_two.connection,
        site_with_two.hub_identity,
        database=site_with_two.path,
        folder=folder,
        disk=site_with_two.disk,
    )
    site_with_two.hub = site_with_two.a_hub(shelf)

    site_with_two.ask_as(site_with_two.controllers[0], wants_snapshot=True, level=2)

    shelf.finish()
    assert list(folder.iterdir()) == []
    shelf.close()


def test_a_disk_that_runs_full_is_an_alarm_in_the_status(site_with_two: ASite, disk: ADisk) -> None:
    empty = site_with_two.ask_for(StatusOf(), SiteStatus)
    disk.free = RESERVE_BYTES - 1

    full = site_with_two.ask_for(StatusOf(), SiteStatus)

    assert (empty.is_disk_short, full.is_disk_short) == (False, True)


# What one controller may upload.


def test_a_controller_that_begins_one_log_after_the_other_is_stopped_and_goes_on_later(site_with_two: ASite) -> None:
    site = site_with_two
    logs = [a_log(site, size=1, epoch=epoch) for epoch in range(1, BYTES_PER_HOUR // NEW_LOG_BYTES + 3)]

    flood = [send(site, log.batch(0, 1)) for log in logs]

    assert len([told for told in flood if told]) <= BYTES_PER_HOUR // NEW_LOG_BYTES
    assert set(site.hub.refusals) == {"too-many-records"}
    assert send(site, logs[-1].batch(0, 1), at=later(3600))


def test_what_one_controller_uploads_is_not_counted_for_another() -> None:
    uploads = Uploads(DiskReserve())
    uploads.stored("pi-1", BYTES_PER_HOUR, NOON, begins_log=False)

    uploads.check("pi-2", NOON)


def test_five_million_records_come_in_within_a_day() -> None:
    uploads, held_bytes = Uploads(DiskReserve()), 0

    for hour in range(24):
        left = BYTES_PER_HOUR
        while left > 0:
            uploads.check("pi-1", later(3600 * hour))
            uploads.stored("pi-1", PAYLOAD_BYTES, later(3600 * hour), begins_log=False)
            left, held_bytes = left - PAYLOAD_BYTES, held_bytes + PAYLOAD_BYTES

    assert held_bytes >= 5_000_000 * RECORD_BYTES


# A database that takes nothing more.


@pytest.mark.parametrize("do", [PersonSet("h1", Status.SUSPENDED), PersonRemove("h1")])
def test_whoever_leaves_is_denied_by_orders_where_it_cannot_be_stored_and_the_admin_is_told(
    site_with_two: ASite, disk: ADisk, do: PersonSet | PersonRemove
) -> None:
    site = site_with_two
    with no_room_in(site.connection, "changes", "commands"):
        outgoing = site.send(site.a_command(do))

    assert [each.controller for each in site.messages(outgoing, Order)] == ["pi-1", "pi-2"]
    (response,) = site.responses(outgoing)
    assert (response.verdict, response.reason) == ("refused", "storage-failed")
    assert "every controller is told to deny at once, until its doors are restarted" in response.text
    assert site.ask(ZoneSet("floor-3", ZoneKind.FLOOR)).verdict == "accepted"


def test_what_would_be_refused_orders_nothing_where_nothing_can_be_stored(site_with_two: ASite, disk: ADisk) -> None:
    site = site_with_two
    auditor = site.hire("mallory", "auditor")
    with no_room_in(site.connection, "changes", "commands"):
        suspended = site.send(site.a_command(PersonSet("h1", Status.SUSPENDED), admin=auditor), admin=auditor)
        added = site.send(site.a_command(GroupAdd("staff")))

    assert site.messages([*suspended, *added], Order) == []
