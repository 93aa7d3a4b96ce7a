"""Recorded questions, acknowledgements and batches: whoever says them again gets nothing and wakes nobody."""

import pytest

from doorctl.hub.controllers.asks import NONCES_KEPT, NOTES_PER_SECOND
from doorctl.hub.outgoing import Outgoing
from doorctl.wire.commands import GroupAdd
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from doorctl.wire.topics import Channel
from tests.hub.builders import NOON_SECONDS, AController, ASite, an_id, later
from tests.hub.logs import a_log, send

STAFF = GroupAdd(group="staff")
DAY = 86_400
MONTH = 30 * DAY


def channels_of(outgoing: list[Outgoing]) -> list[Channel]:
    return [each.address.channel for each in outgoing]


def heard_at(site: ASite) -> int | None:
    return site.ask_for(StatusOf(), SiteStatus).controllers[0].heard_at


def test_a_recorded_ask_is_answered_once_and_is_no_sign_of_life(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    first = site.ask_as(site.controllers[0])

    repeated = [site.ask_as(site.controllers[0], at=later(day * DAY)) for day in (0, 1, 30)]

    assert (channels_of(first), repeated) == ([Channel.DELTA, Channel.ANSWER], [[], [], []])
    assert site.hub.refusals == {"repeated-ask": 3}
    assert heard_at(site) == NOON_SECONDS


def test_a_question_from_before_others_is_answered_but_no_sign_of_life(site_with_two: ASite) -> None:
    site = site_with_two
    controller = site.controllers[0]
    site.ask_as(controller, nonce=an_id(), counter=2)

    late = site.ask_as(controller, nonce=an_id(), counter=1, trust=7, at=later(DAY))

    assert (channels_of(late), site.hub.refusals) == ([Channel.ANSWER], {"old-ask": 1})
    assert heard_at(site) == NOON_SECONDS


def test_one_controllers_questions_are_worth_so_many_notes_a_second(site_with_two: ASite) -> None:
    site = site_with_two
    first, second = site.controllers
    for number in range(NOTES_PER_SECOND + 9):
        site.ask(GroupAdd(f"group-{number}"))

    def notes(controller: AController, revision: int, seconds: float) -> int:
        return len(site.deltas(site.ask_as(controller, revision=revision, nonce=an_id(), at=later(seconds))))

    flood = sum(notes(first, revision, 0) for revision in range(NOTES_PER_SECOND + 9))

    another = notes(second, NOTES_PER_SECOND + 5, 0)
    assert (flood, another, notes(first, 0, 1)) == (NOTES_PER_SECOND, 1, 1)


def test_two_controllers_may_happen_to_choose_the_same_nonce(site_with_two: ASite) -> None:
    for controller in site_with_two.controllers:
        assert channels_of(site_with_two.ask_as(controller)) == [Channel.ANSWER]


def test_the_memory_for_asks_is_bounded_and_forgets_the_oldest(site_with_two: ASite) -> None:
    site = site_with_two
    controller = site.controllers[0]
    first, second = an_id(), an_id()
    for nonce in (first, second, *(an_id() for _ in range(NONCES_KEPT - 1))):
        site.ask_as(controller, nonce=nonce)

    answered = [channels_of(site.ask_as(controller, nonce=nonce)) for nonce in (second, first)]

    assert answered == [[], [Channel.ANSWER]]


def test_one_answer_serves_all_who_lack_the_same(site_with_two: ASite) -> None:
    site = site_with_two
    first, second = site.controllers
    site.ask(STAFF)

    answers = [
        site.ask_as(first, nonce=an_id()),
        site.ask_as(second, nonce=an_id(), at=later(0.4)),
        site.ask_as(second, nonce=an_id(), at=later(0.5)),
    ]

    assert [channels_of(each) for each in answers] == [
        [Channel.DELTA, Channel.ANSWER],
        [Channel.ANSWER],
        [Channel.DELTA, Channel.ANSWER],
    ]


def test_what_is_new_since_the_last_answer_is_not_held_back(site_with_two: ASite) -> None:
    site = site_with_two
    first, second = site.controllers
    site.ask_as(first)
    site.ask(STAFF)

    assert channels_of(site.ask_as(second)) == [Channel.DELTA, Channel.ANSWER]


def test_who_lacks_something_else_has_an_own_answer(site_with_two: ASite) -> None:
    site = site_with_two
    first, second = site.controllers
    site.ask(STAFF)
    site.ask(GroupAdd("guests"))

    answers = [site.ask_as(first), site.ask_as(second, revision=1)]

    assert [[delta.first for delta in site.deltas(each)] for each in answers] == [[1], [2]]


def test_a_clock_that_jumps_back_holds_no_answer_back(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ask_as(site.controllers[0], at=later(MONTH))

    assert channels_of(site.ask_as(site.controllers[1])) == [Channel.DELTA, Channel.ANSWER]


@pytest.mark.parametrize("revision", [1, 2])
def test_an_acknowledgement_that_is_no_news_is_no_sign_of_life(site_with_two: ASite, revision: int) -> None:
    site = site_with_two
    site.ask(STAFF)
    site.ask(GroupAdd("guests"))
    site.ack(site.controllers[0])

    site.ack(site.controllers[0], revision=revision, at=later(MONTH))

    assert heard_at(site) == NOON_SECONDS


def test_an_acknowledgement_of_something_new_is_a_sign_of_life(site_with_two: ASite) -> None:
    site = site_with_two
    for second, group in enumerate(("staff", "guests")):
        site.ask(GroupAdd(group))
        site.ack(site.controllers[0], at=later(second))

    assert heard_at(site) == NOON_SECONDS + 1


def test_only_new_records_are_a_sign_of_life(site_with_two: ASite) -> None:
    site = site_with_two
    log = a_log(site, size=3)

    times = []
    for second, (first, end) in enumerate([(0, 2), (0, 2), (1, 3), (3, 3), (0, 3)]):
        send(site, log.batch(first, end), at=later(second))
        times.append(heard_at(site))

    assert times == [NOON_SECONDS + second for second in (0, 0, 2, 2, 2)]
