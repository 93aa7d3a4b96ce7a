"""Who is offered a snapshot: whoever lacks more than one is worth, and can use it, in our own history."""

from dataclasses import replace

import msgspec

from doorctl.database import transaction
from doorctl.hub.snapshots.shelf import MOST_REVISIONS
from doorctl.policy.rows import LockdownRow
from tests.hub.builders import NOON
from tests.hub.snapshots.shelf import AShelf, an_ask


def test_who_lacks_little_is_offered_nothing(site: AShelf) -> None:
    site.grow(3)

    assert (site.shelf.is_too_far(an_ask(), site.position), site.offer(an_ask())) == (False, None)
    assert list(site.folder.iterdir()) == []


def test_who_lacks_many_changes_is_too_far_behind(site: AShelf) -> None:
    site.grow()
    many = replace(site.position, revision=MOST_REVISIONS + 1)

    far = [site.shelf.is_too_far(an_ask(epoch=1, revision=revision), many) for revision in (0, 1)]

    assert far == [True, False]


def test_who_lacks_many_bytes_is_too_far_behind(site: AShelf) -> None:
    site.grow_a_lot()
    nearly = site.position.revision - 2

    far = [site.shelf.is_too_far(an_ask(epoch=1, revision=revision), site.position) for revision in (0, nearly)]

    assert far == [True, False]


def test_who_cannot_store_a_snapshot_is_sent_changes_however_many(site: AShelf) -> None:
    site.grow_a_lot()
    asked = [an_ask(epoch=1), msgspec.structs.replace(an_ask(epoch=1), wants_deltas=True)]

    far = [site.shelf.is_too_far(ask, site.position) for ask in asked]

    assert far == [True, False]


def test_who_asks_for_a_snapshot_is_too_far_however_little_is_missing(site: AShelf) -> None:
    site.grow()

    assert site.shelf.is_too_far(msgspec.structs.replace(an_ask(), wants_snapshot=True), site.position)


def test_who_is_of_another_epoch_is_too_far_behind_but_not_who_is_empty(site: AShelf) -> None:
    site.grow()
    later = replace(site.position, epoch=2)

    assert site.shelf.is_too_far(an_ask(epoch=1, revision=1), later)
    assert not site.shelf.is_too_far(an_ask(), later)


def test_a_keeper_below_the_level_of_the_rows_is_offered_nothing(site: AShelf) -> None:
    site.grow_a_lot()
    site.commit(LockdownRow(scope="*"))
    offer = site.made_for(an_ask(level=2))

    assert offer.needs == 2
    assert site.offer(an_ask(level=1)) is None


def test_a_snapshot_without_rows_of_a_later_level_needs_only_the_first(site: AShelf) -> None:
    site.grow_a_lot()

    assert site.made_for(an_ask(level=1)).needs == 1


def test_who_collects_a_snapshot_goes_on_with_it_when_there_is_a_newer_one(site: AShelf) -> None:
    site.grow_a_lot()
    first = site.made_for(an_ask())
    site.grow_a_lot()
    second = site.made_for(an_ask())

    assert second.revision > first.revision
    assert site.offer(an_ask(snapshot=first.snapshot)) == first
    assert site.offer(an_ask(snapshot="f" * 32)) == second


def test_a_snapshot_that_leads_a_keeper_nowhere_is_not_offered(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())

    assert site.offer(an_ask(epoch=1, revision=offer.revision, snapshot=offer.snapshot)) is None


def test_a_snapshot_of_another_history_is_not_offered(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    with transaction(site.connection):
        site.connection.execute("UPDATE changes SET chain = zeroblob(32) WHERE revision = ?", (offer.revision,))

    assert site.offer(an_ask(snapshot=offer.snapshot)) is None


def test_a_snapshot_from_the_future_of_a_restored_hub_is_not_offered(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    restored = replace(site.position, revision=offer.revision - 1)

    assert site.shelf.offer(an_ask(snapshot=offer.snapshot), restored, NOON) is None


def test_a_snapshot_of_an_earlier_epoch_is_not_offered(site: AShelf) -> None:
    site.grow_a_lot()
    offer = site.made_for(an_ask())
    later = replace(site.position, epoch=offer.epoch + 1)

    assert site.shelf.offer(an_ask(snapshot=offer.snapshot), later, NOON) is None
