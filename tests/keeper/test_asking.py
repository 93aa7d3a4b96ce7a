"""What a keeper asks its hub, when, and how often."""

import msgspec

from doorctl.wire.messages import FEATURE_LEVEL, Answer, Ask
from doorctl.wire.topics import Channel
from tests.keeper.site import CONTROLLER, SITE, AController, ASite, asks, settled


def test_a_connection_begins_with_a_question(controller: AController) -> None:
    controller.keeper.connected(10)

    (ask,) = asks(controller, 10)

    assert ask == Ask(
        site=SITE,
        controller=CONTROLLER,
        nonce=ask.nonce,
        epoch=0,
        revision=0,
        level=FEATURE_LEVEL,
        trust=1,
        counter=ask.counter,
    )
    assert asks(controller, 10.9) == []


def test_an_answer_gives_a_minute_of_rest(controller: AController, site: ASite) -> None:
    settled(controller, site)

    assert (asks(controller, 59.9), len(asks(controller, 60))) == ([], 1)


def test_every_question_has_a_nonce_of_its_own(controller: AController) -> None:
    controller.keeper.connected(0)

    assert len({ask.nonce for now in (0, 1, 3, 7) for ask in asks(controller, now)}) == 4


def test_an_unanswered_question_is_asked_again_with_growing_pauses(controller: AController) -> None:
    controller.keeper.connected(0)

    asked_at = [now for now in range(200) if asks(controller, now)]

    assert asked_at == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_an_answer_counts_once(controller: AController, site: ASite) -> None:
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)

    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 0)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 0)

    assert controller.tally == {"unknown-nonce": 1}


def test_an_answer_with_another_site_s_head_is_refused(controller: AController, site: ASite) -> None:
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)
    head = msgspec.structs.replace(site.head_message(), site="annex")
    answer = Answer(site=SITE, controller=CONTROLLER, nonce=ask.nonce, head=head)

    controller.keeper.handle(Channel.ANSWER, site.sign(answer), 0)

    assert controller.tally == {"wrong-site": 1}


def test_an_answer_to_a_question_before_the_connection_was_lost_does_not_count(
    controller: AController, site: ASite
) -> None:
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)
    controller.keeper.disconnected()
    controller.keeper.connected(1)

    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 1)

    assert controller.tally == {"unknown-nonce": 1}


def test_a_gap_is_asked_for_once_and_soon(controller: AController, site: ASite) -> None:
    settled(controller, site)
    site.change()
    for _ in range(3):
        controller.keeper.handle(Channel.DELTA, site.change(), 10)

    (ask,) = asks(controller, 10.25)

    assert (ask.revision, asks(controller, 10.9), controller.tally) == (3, [], {"gap": 3})


def test_a_head_that_is_ahead_makes_us_ask(controller: AController, site: ASite) -> None:
    settled(controller, site)
    site.change()

    controller.keeper.handle(Channel.HEAD, site.head(), 10)

    assert len(asks(controller, 10.25)) == 1


def test_what_fills_the_gap_ends_the_asking(controller: AController, site: ASite) -> None:
    settled(controller, site)
    site.change()
    controller.keeper.handle(Channel.DELTA, site.change(), 10)
    (ask,) = asks(controller, 10.25)

    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 10.3)
    controller.keeper.handle(Channel.DELTA, site.delta(4, 5), 10.3)

    assert (controller.position.revision, asks(controller, 70)) == (5, [])


def test_without_a_broker_nothing_is_asked(controller: AController, site: ASite) -> None:
    settled(controller, site)
    controller.keeper.disconnected()

    controller.keeper.handle(Channel.DELTA, ASite(revisions=0).head(), 1)

    assert asks(controller, 1000) == []
