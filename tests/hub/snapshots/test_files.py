"""Snapshots on the hub's disk: made of one moment, the last two kept, none that is damaged or half made."""

from doorctl.hub.snapshots.file import make_snapshot
from doorctl.hub.snapshots.shelf import KEPT, RETRY
from doorctl.policy.digest import add_digests
from doorctl.policy.rows import GroupRow, HolderRow, LockdownRow
from doorctl.policy.snapshot import rows_in
from tests.full_disk import full_disk
from tests.hub.snapshots.shelf import AShelf, an_ask


def test_a_snapshot_is_made_of_one_moment_while_changes_go_on(site: AShelf) -> None:
    site.grow_a_lot()

    def is_wanted() -> bool:
        site.commit(GroupRow(id="zzz"), HolderRow(id="ada"), LockdownRow(scope="*"))
        return True

    made = make_snapshot(site.path, site.folder, "a" * 32, is_wanted=is_wanted)

    assert made is not None
    rows = [rows_in(made.chunk(number)) for number in range(made.offer.chunks)]
    assert f"{add_digests(0, added=(piece.digest for piece in rows)):064x}" == made.offer.digest


def test_only_the_last_two_are_kept(site: AShelf) -> None:
    offers = []
    for _ in range(KEPT + 1):
        site.grow_a_lot()
        offers.append(site.made_for(an_ask()))

    newest = offers[-KEPT:]
    names = {f"snapshot-{offer.snapshot}.{kind}" for offer in newest for kind in ("chunks", "index")}
    assert {path.name for path in site.folder.iterdir()} == names
    assert site.offer(an_ask(snapshot=offers[0].snapshot)) == offers[-1]


def test_a_restarted_hub_goes_on_with_the_same_snapshot(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())

    site.restart()

    assert site.offer(an_ask()) == offer
    assert len(site.chunks(offer)) == offer.chunks


def test_what_a_crash_left_behind_is_removed(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    whole = {path.name for path in site.folder.iterdir()}
    index = site.folder / f"snapshot-{offer.snapshot}.index"
    (site.folder / f"snapshot-{'a' * 32}.chunks").write_bytes(b"begun")
    (site.folder / f"snapshot-{'b' * 32}.index").write_bytes(index.read_bytes())
    (site.folder / f"snapshot-{'c' * 32}.index").write_bytes(b"not an index")

    site.restart()

    assert {path.name for path in site.folder.iterdir()} == whole


def test_a_snapshot_whose_data_is_cut_off_is_removed_at_the_start(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    data = site.folder / f"snapshot-{offer.snapshot}.chunks"
    data.write_bytes(data.read_bytes()[:-1])

    site.restart()

    assert list(site.folder.iterdir()) == []


def test_a_snapshot_that_is_damaged_on_disk_is_not_signed_but_dropped(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    data = site.folder / f"snapshot-{offer.snapshot}.chunks"
    data.write_bytes(b"\0" + data.read_bytes()[1:])

    assert site.chunks(offer) == []
    assert list(site.folder.iterdir()) == []
    assert site.made_for(an_ask()).snapshot != offer.snapshot


def test_a_snapshot_that_the_disk_refuses_leaves_nothing_and_is_tried_again_later(site: AShelf) -> None:
    site.grow_a_lot()
    with full_disk():
        assert site.offer(an_ask()) is None
        site.shelf.finish()

    assert list(site.folder.iterdir()) == []
    at_once = site.offer(an_ask())
    site.shelf.finish()
    too_early = site.offer(an_ask(), seconds=1)
    assert site.offer(an_ask(), seconds=RETRY.total_seconds()) is None
    site.shelf.finish()
    assert (at_once, too_early) == (None, None)
    assert site.offer(an_ask(), seconds=RETRY.total_seconds()) is not None


def test_a_hub_that_stops_ends_the_making_and_leaves_nothing_half_made(site: AShelf) -> None:
    site.grow_a_lot()
    site.offer(an_ask())

    site.shelf.close()

    chunks, indexes = ({path.stem for path in site.folder.glob(f"*.{kind}")} for kind in ("chunks", "index"))
    assert chunks == indexes


def test_files_are_for_the_hub_alone(site: AShelf) -> None:
    site.grow_a_lot()
    site.made_for(an_ask())

    assert {path.stat().st_mode & 0o777 for path in site.folder.iterdir()} == {0o600}
    assert site.folder.stat().st_mode & 0o777 == 0o700
