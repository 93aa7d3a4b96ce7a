"""Freshness is an answer to our own question: what confirms the policy, as of when, and all that does not."""

from pathlib import Path

import msgspec
import pytest

from doorctl.core.model import ZoneKind
from doorctl.keeper.asking import PERIOD_SECONDS, Asking, period_for
from doorctl.policy.rows import ZoneRow
from doorctl.wire.bell import Confirmed, FromKeeper
from doorctl.wire.topics import Channel
from tests.keeper.site import AController, ASite, acks, asks, settled


@pytest.fixture
def attended(controller: AController) -> AController:
    """A controller with a door process."""
    controller.door_arrives()
    return controller


def confirmations(controller: AController) -> list[FromKeeper]:
    return [packet for packet in controller.door.told if isinstance(packet, Confirmed)]


def test_an_answer_confirms_as_of_when_the_question_was_made(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    attended.keeper.connected(10)
    (ask,) = asks(attended, 10)

    attended.keeper.handle(Channel.ANSWER, site.answer(ask, at=1000), 14)

    assert confirmations(attended) == [Confirmed(asked_at=10, hub_time=1000)]
    assert attended.clock.confirmed == [1000]


def test_an_answer_that_is_ahead_confirms_once_all_of_it_is_applied(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(1), 0)
    attended.keeper.connected(10)
    (ask,) = asks(attended, 10)
    attended.keeper.handle(Channel.ANSWER, site.answer(ask, at=1000), 11)
    attended.keeper.handle(Channel.DELTA, site.delta(2), 12)
    before = confirmations(attended)

    attended.keeper.handle(Channel.DELTA, site.delta(3), 15)

    assert (before, confirmations(attended)) == ([], [Confirmed(asked_at=10, hub_time=1004)])


def test_of_a_site_that_never_rests_each_answer_confirms_in_its_turn(attended: AController, site: ASite) -> None:
    attended.keeper.connected(0)
    (first,) = asks(attended, 0)
    attended.keeper.handle(Channel.ANSWER, site.answer(first, revision=2), 0)
    (second,) = asks(attended, 1)
    attended.keeper.handle(Channel.ANSWER, site.answer(second, revision=3), 1)

    attended.keeper.handle(Channel.DELTA, site.delta(1, 2), 2)

    assert [each.asked_at for each in confirmations(attended) if isinstance(each, Confirmed)] == [0]


def test_heads_recorded_and_released_one_by_one_confirm_nothing(attended: AController, site: ASite) -> None:
    settled(attended, site)
    recorded = [site.sign(site.head_message(at=at)) for at in range(0, 3600, 60)]

    for number, head in enumerate(recorded):
        attended.keeper.handle(Channel.HEAD, head, 60.0 * number)

    assert confirmations(attended) == [Confirmed(asked_at=0, hub_time=0)]


def test_an_answer_played_again_confirms_nothing(attended: AController, site: ASite) -> None:
    settled(attended, site)
    (ask,) = asks(attended, 60)
    answer = site.answer(ask)
    attended.keeper.handle(Channel.ANSWER, answer, 60)

    attended.keeper.handle(Channel.ANSWER, answer, 900)

    assert [each.asked_at for each in confirmations(attended) if isinstance(each, Confirmed)] == [0, 60]


def test_an_answer_held_back_confirms_no_more_than_its_question_was_worth(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    attended.keeper.connected(0)
    (ask,) = asks(attended, 0)

    attended.keeper.handle(Channel.ANSWER, site.answer(ask, at=5), 3600)

    assert confirmations(attended) == [Confirmed(asked_at=0, hub_time=5)]


def test_an_answer_from_behind_where_we_were_when_we_asked_confirms_nothing(
    attended: AController, site: ASite
) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    attended.keeper.connected(0)
    (ask,) = asks(attended, 0)

    attended.keeper.handle(Channel.ANSWER, site.answer(ask, revision=2), 0)

    assert (confirmations(attended), attended.tally) == ([], {"hub-behind": 1})


def test_an_answer_that_a_delta_overtook_confirms(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(1, 2), 0)
    attended.keeper.connected(0)
    (ask,) = asks(attended, 0)
    attended.keeper.handle(Channel.DELTA, site.delta(3), 0)

    attended.keeper.handle(Channel.ANSWER, site.answer(ask, revision=2), 0)

    assert (len(confirmations(attended)), attended.tally) == (1, {})


def test_rows_that_are_not_the_hub_s_are_not_confirmed(attended: AController, site: ASite) -> None:
    attended.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    attended.keeper.connected(0)
    (ask,) = asks(attended, 0)
    head = msgspec.structs.replace(site.head_message(), digest="0" * 64)

    attended.keeper.handle(Channel.ANSWER, site.answer_with(head, ask), 0)

    assert (confirmations(attended), attended.tally) == ([], {"digest-differs": 1})


def test_rows_that_turn_out_not_to_be_the_hub_s_are_not_confirmed(attended: AController, site: ASite) -> None:
    attended.keeper.connected(0)
    (ask,) = asks(attended, 0)
    head = msgspec.structs.replace(site.head_message(), digest="0" * 64)
    attended.keeper.handle(Channel.ANSWER, site.answer_with(head, ask), 0)

    attended.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    assert confirmations(attended) == []


def test_another_history_than_the_answer_s_is_not_confirmed(attended: AController, site: ASite) -> None:
    attended.keeper.connected(0)
    (ask,) = asks(attended, 0)
    head = msgspec.structs.replace(site.head_message(), chain="0" * 64)
    attended.keeper.handle(Channel.ANSWER, site.answer_with(head, ask), 0)

    attended.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    assert confirmations(attended) == []


def test_with_changes_kept_aside_other_rows_than_the_hub_s_are_as_it_should_be(tmp_path: Path) -> None:
    site = ASite()
    site.change(rows=[ZoneRow(id="lab", kind=ZoneKind.FLOOR)], needs=2)
    older = AController(tmp_path, site, level=1)
    older.keeper.handle(Channel.TRUST, site.trust().note, 0)
    older.door_arrives()

    settled(older, site)

    assert (len(confirmations(older)), older.tally, older.store.position.digest) == (1, {}, 0)
    older.close()


def test_a_door_process_that_comes_later_is_told_what_was_confirmed_and_the_hub_s_time_of_now(
    controller: AController, site: ASite
) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.connected(10)
    (ask,) = asks(controller, 10)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask, at=1000), 12)

    controller.door_arrives(42)

    assert confirmations(controller) == [Confirmed(asked_at=10, hub_time=1030)]


def test_after_a_restart_nothing_is_confirmed(attended: AController, site: ASite) -> None:
    settled(attended, site)

    again = attended.restart()
    again.door_arrives(1)

    assert confirmations(again) == []
    again.close()


def test_nothing_is_confirmed_of_a_policy_that_begins_anew(attended: AController, site: ASite) -> None:
    settled(attended, site)
    attended.door.told.clear()
    attended.store.begin_anew("a test")
    attended.keeper.tick(1)

    attended.door_arrives(2)

    assert confirmations(attended) == []


def test_a_confirmation_is_acknowledged_with_the_policy_s_age(controller: AController, site: ASite) -> None:
    settled(controller, site)
    (ask,) = asks(controller, 60)

    (ack,) = acks(controller, controller.keeper.handle(Channel.ANSWER, site.answer(ask), 63))

    assert ack.fresh_seconds == 3


# How often it is asked.


@pytest.mark.parametrize(("max_age", "period"), [(900, 60.0), (86_400, 60.0), (120, 30.0), (4, 1.0)])
def test_three_tries_fit_into_the_smallest_age_that_denies(max_age: int, period: float) -> None:
    assert period_for(max_age) == period


def test_a_zone_with_a_small_age_makes_the_keeper_ask_more_often(controller: AController, site: ASite) -> None:
    settled(controller, site)
    lab = ZoneRow(id="lab", kind=ZoneKind.SERVER_ROOM, max_age_seconds=40)

    controller.keeper.handle(Channel.DELTA, site.change(rows=[lab]), 20)

    assert (asks(controller, 29.9), len(asks(controller, 30))) == ([], 1)


def test_unanswered_questions_are_repeated_no_more_rarely_than_the_period() -> None:
    asking = Asking(chance=lambda: 0.5)
    asking.keep_fresh(12, 0)
    asking.connected(0)

    asked_at = [now for now in range(20) if asking.ask_now(now, revision=0)]

    assert asked_at == [0, 1, 3, 6, 9, 12, 15, 18]
    assert asking.period < PERIOD_SECONDS


def test_an_answer_of_a_hub_that_has_no_history_yet_confirms_the_first_change(tmp_path: Path) -> None:
    new = ASite()
    controller = AController(tmp_path, new)
    controller.keeper.handle(Channel.TRUST, new.trust().note, 0)
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)

    controller.keeper.handle(Channel.ANSWER, new.answer(ask), 0)
    outgoing = controller.keeper.handle(Channel.DELTA, new.change(), 1)

    assert [ack.fresh_seconds for ack in acks(controller, [*outgoing, *controller.keeper.tick(4)])][-1:] == [1]
    assert controller.tally == {}
    controller.close()
