"""The deltas that a keeper keeps for a hub that has lost its newest, and how it says them again."""

from pathlib import Path

import pytest

from doorctl.keeper.kept_notes import IDLE_SECONDS, LIMITS, KeptNotes, Limits
from doorctl.keeper.recalling import PAUSE_SECONDS, REPEAT_SECONDS, SPREAD_SECONDS, WINDOW
from doorctl.wire.messages import Delta
from doorctl.wire.topics import Channel
from tests.full_disk import full_disk
from tests.keeper.site import CONTROLLER, SITE, AController, ASite, a_signer


def a_delta(revision: int, *, epoch: int = 1) -> Delta:
    chain = f"{revision:064x}"
    return Delta(site=SITE, epoch=epoch, first=revision, last=revision, chain=chain, changes=())


def shelf_with(path: Path, *deltas: Delta, note: bytes = b"note", limits: Limits = LIMITS) -> KeptNotes:
    shelf = KeptNotes(path / "kept-notes.db", limits)
    for delta in deltas:
        shelf.keep(note + b" %d" % delta.last, delta, 0)
    return shelf


def ends(shelf: KeptNotes, *, epoch: int = 1) -> list[int]:
    return [revision for revision, _ in shelf.after(epoch, 0, most=10_000)]


def test_what_is_kept_is_there_after_a_restart_with_its_chain(tmp_path: Path) -> None:
    shelf_with(tmp_path, a_delta(1), a_delta(2)).close()

    again = KeptNotes(tmp_path / "kept-notes.db")

    assert again.after(1, 1, most=9) == [(2, b"note 2")]
    assert (again.chain_at(1, 2), again.chain_at(1, 3), again.chain_at(2, 2)) == (bytes(31) + b"\x02", None, None)
    again.close()


def test_only_so_many_revisions_are_kept(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, *(a_delta(revision) for revision in range(1, 11)), limits=Limits(revisions=3))

    shelf.tick(IDLE_SECONDS)

    assert ends(shelf) == [8, 9, 10]
    shelf.close()


def test_only_so_many_bytes_are_kept_the_newest(tmp_path: Path) -> None:
    deltas = [a_delta(revision) for revision in range(1, 6)]
    shelf = shelf_with(tmp_path, *deltas, note=b"x" * 10_000, limits=Limits(note_bytes=25_000))

    shelf.tick(IDLE_SECONDS)

    assert ends(shelf) == [4, 5]
    shelf.close()


def test_of_an_epoch_that_is_over_nothing_is_kept(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path, a_delta(7), a_delta(1, epoch=2))

    shelf.tick(IDLE_SECONDS)

    assert (ends(shelf), ends(shelf, epoch=2)) == ([], [1])
    shelf.close()


def test_a_shelf_that_is_damaged_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "kept-notes.db").write_bytes(b"not a database, and never was one" * 200)

    shelf = shelf_with(tmp_path, a_delta(1))
    shelf.keep(b"note 2", a_delta(2), 0)

    assert ends(shelf) in ([1, 2], [2])
    shelf.close()


def test_a_full_disk_costs_the_notes_of_that_time_and_nothing_else(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1), 0)
    with full_disk():
        controller.kept.keep(b"lost", a_delta(2), 0)

    controller.kept.keep(b"kept", a_delta(3), 0)

    assert ends(controller.kept) == [1, 3]


# What is said again.


@pytest.fixture
def following(controller: AController, site: ASite) -> AController:
    """A controller that has followed 20 revisions, one by one."""
    while site.revision < 20:
        site.change()
    for revision in range(1, 21):
        controller.keeper.handle(Channel.DELTA, site.delta(revision), 0)
    controller.keeper.connected(0)
    controller.keeper.tick(0)
    return controller


def said(controller: AController, now: float) -> list[bytes]:
    return [each.payload for each in controller.keeper.tick(now) if each.channel is Channel.NOTES]


def test_what_the_hub_has_lost_is_said_in_its_own_notes_a_few_at_a_time(following: AController, site: ASite) -> None:
    following.keeper.handle(Channel.RECALL, site.recall(8), 10)
    begin = 10 + 0.5 * SPREAD_SECONDS

    windows = [said(following, begin + number * PAUSE_SECONDS) for number in range(4)]

    assert (WINDOW, [len(window) for window in windows]) == (8, [8, 4, 0, 0])
    assert [note for window in windows for note in window] == [site.delta(revision) for revision in range(9, 21)]


def test_not_all_controllers_speak_at_once(following: AController, site: ASite) -> None:
    following.chance = 0.75

    following.keeper.handle(Channel.RECALL, site.recall(8), 10)

    assert (said(following, 10 + 0.74 * SPREAD_SECONDS), len(said(following, 10 + 0.75 * SPREAD_SECONDS))) == ([], 8)


def test_what_the_hub_has_by_now_is_not_said(following: AController, site: ASite) -> None:
    following.keeper.handle(Channel.RECALL, site.recall(8), 10)

    following.keeper.handle(Channel.RECALL, site.recall(19), 10.5)

    assert said(following, 20) == [site.delta(20)]


def test_a_recall_played_again_begins_nothing_soon(following: AController, site: ASite) -> None:
    following.keeper.handle(Channel.RECALL, site.recall(19), 10)
    said(following, 12)
    following.keeper.handle(Channel.RECALL, site.recall(19), 10 + REPEAT_SECONDS - 0.1)
    early = said(following, 30)

    following.keeper.handle(Channel.RECALL, site.recall(19), 10 + REPEAT_SECONDS)

    assert (early, said(following, 40)) == ([], [site.delta(20)])


def test_nobody_but_the_hub_recalls_anything(following: AController, site: ASite) -> None:
    site.hub = type(site.hub)(a_signer(site.hub.signer.name), site.hub.box)

    following.keeper.handle(Channel.RECALL, site.recall(0), 10)

    assert (said(following, 20), following.tally) == ([], {"unknown-signer": 1})


@pytest.mark.parametrize(("asked", "notes"), [(CONTROLLER, 1), ("another", 0)])
def test_who_alone_is_asked_answers_alone(following: AController, site: ASite, asked: str, notes: int) -> None:
    following.keeper.handle(Channel.RECALL, site.recall(19, asked), 10)

    assert len(said(following, 20)) == notes


def test_a_hub_that_has_more_is_told_nothing(following: AController, site: ASite) -> None:
    following.keeper.handle(Channel.RECALL, site.recall(20), 10)

    assert said(following, 20) == []


def test_the_notes_outlive_the_policy(following: AController, site: ASite) -> None:
    following.store.begin_anew("a test")

    following.keeper.handle(Channel.RECALL, site.recall(19), 10)

    assert said(following, 20) == [site.delta(20)]
