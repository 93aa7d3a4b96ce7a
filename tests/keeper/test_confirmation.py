"""A policy that was begun from nothing is none for a door before the hub has confirmed all of it."""

from contextlib import closing
from pathlib import Path

import pytest

from doorctl.keeper.policy_store import PolicyStore
from doorctl.policy.reader import PolicyReader
from doorctl.wire.bell import Look
from doorctl.wire.topics import Channel
from tests.full_disk import full_disk
from tests.keeper.site import SITE, AController, ASite, asks, settled
from tests.policy.policies import revision_in_force


def read_by_a_door(controller: AController) -> int | None:
    """The revision by which a door would answer."""
    with closing(PolicyReader(controller.state_dir / "policy.db")) as reader:
        return revision_in_force(reader)


def damaged(controller: AController, site: ASite) -> AController:
    """The same controller, whose policy.db was lost."""
    controller.close()
    (controller.state_dir / "policy.db").unlink()
    return AController(controller.state_dir, site)


def answered(controller: AController, site: ASite, now: float, *, revision: int) -> None:
    """Give all up to this revision, and confirm it."""
    controller.keeper.connected(now)
    (ask,) = asks(controller, now)
    controller.keeper.handle(Channel.DELTA, site.delta(1, revision), now)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask, revision=revision), now)


def test_old_changes_played_into_a_policy_begun_anew_open_nothing(controller: AController, site: ASite) -> None:
    settled(controller, site)
    again = damaged(controller, site)

    again.keeper.handle(Channel.DELTA, site.delta(1, 2), 0)

    assert (again.position.revision, read_by_a_door(again)) == (2, None)
    again.close()


def test_a_first_policy_counts_from_the_first_answer_on(controller: AController, site: ASite) -> None:
    before = read_by_a_door(controller)

    settled(controller, site)

    assert (before, read_by_a_door(controller)) == (None, 3)


def test_an_answer_that_is_ahead_lets_doors_answer_once_all_of_it_is_applied(
    controller: AController, site: ASite
) -> None:
    controller.door_arrives()
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)
    controller.keeper.handle(Channel.DELTA, site.delta(1, 2), 0)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 0)
    before = read_by_a_door(controller)
    controller.door.told.clear()

    controller.keeper.handle(Channel.DELTA, site.delta(3), 0)

    assert (before, read_by_a_door(controller), Look() in controller.door.told) == (None, 3, True)


def test_what_the_hub_confirms_below_the_highest_that_was_kept_does_not_count(
    controller: AController, site: ASite
) -> None:
    settled(controller, site)
    again = damaged(controller, site)

    answered(again, site, 1, revision=2)
    before = read_by_a_door(again)
    answered(again, site, 2, revision=3)

    assert (before, read_by_a_door(again)) == (None, 3)
    again.close()


def test_a_keeper_whose_policy_was_lost_asks_with_what_it_had_until_the_hub_has_confirmed_that(
    controller: AController, site: ASite
) -> None:
    settled(controller, site)
    again = damaged(controller, site)
    told = []

    for now, revision in ((100, 2), (200, 3), (300, 3)):
        again.keeper.connected(now)
        (ask,) = asks(again, now)
        told.append((ask.kept_epoch, ask.kept))
        again.keeper.handle(Channel.DELTA, site.delta(1, revision), now)
        again.keeper.handle(Channel.ANSWER, site.answer(ask, revision=revision), now)

    assert told == [(1, 3), (1, 3), (0, 0)]
    again.close()


def test_a_hub_that_has_lost_what_we_had_is_an_alarm_once(
    controller: AController, site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    settled(controller, site)
    again = damaged(controller, site)

    for now in (100, 200):
        answered(again, site, now, revision=2)

    line = "<2>event=policy_before_ours had_epoch=1 had=3 confirmed=2"
    assert capfd.readouterr().err.count(line) == 1
    again.close()


def test_a_policy_that_was_confirmed_once_counts_after_a_restart_without_the_hub(
    controller: AController, site: ASite
) -> None:
    settled(controller, site)

    again = controller.restart()
    again.keeper.tick(0)

    assert read_by_a_door(again) == 3
    again.close()


def test_a_policy_that_was_not_confirmed_does_not_count_after_a_restart_either(
    controller: AController, site: ASite
) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    again = controller.restart()

    assert (again.position.revision, read_by_a_door(again)) == (3, None)
    again.close()


def test_what_was_confirmed_before_the_rows_were_found_damaged_says_nothing_of_the_new_policy(
    controller: AController, site: ASite
) -> None:
    settled(controller, site)
    controller.store.begin_anew("a test")
    controller.keeper.tick(1)

    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 1)

    assert read_by_a_door(controller) is None


def test_where_the_disk_is_full_the_word_is_written_down_later(controller: AController, site: ASite) -> None:
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    with full_disk():
        controller.keeper.handle(Channel.ANSWER, site.answer(ask), 0)
    before = read_by_a_door(controller)

    controller.keeper.tick(1)

    assert (before, read_by_a_door(controller)) == (None, 3)


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_policy_stands_by_its_mark_when_it_is_opened_again(tmp_path: Path, *, confirmed: bool) -> None:
    with closing(PolicyStore(tmp_path, SITE)) as store:
        if confirmed:
            store.confirm()

    with closing(PolicyStore(tmp_path, SITE)) as store:
        assert store.awaits_confirmation is not confirmed
