"""Numbers: one message under way, let go only by its own acknowledgement, taken once."""

from firmware_bridge.link_sequence import Arrival, Inbox, Outbox


def an_outbox(*messages: str, capacity: int = 4) -> Outbox[str]:
    outbox: Outbox[str] = Outbox(capacity=capacity, resend_seconds=0.2)
    for message in messages:
        outbox.add(message)
    return outbox


def test_one_message_is_under_way_and_said_again_until_acknowledged() -> None:
    outbox = an_outbox("first", "second")

    assert [outbox.due(at) for at in (0.0, 0.1, 0.25)] == [(0, "first"), None, (0, "first")]


def test_acknowledgement_of_another_number_lets_nothing_go() -> None:
    outbox = an_outbox("first", "second")
    outbox.due(0.0)
    outbox.acknowledge(7)

    assert outbox.due(1.0) == (0, "first")


def test_acknowledgement_of_what_was_not_sent_lets_nothing_go() -> None:
    outbox = an_outbox("first")
    outbox.acknowledge(0)

    assert outbox.due(0.0) == (0, "first")


def test_full_outbox_takes_nothing_more() -> None:
    outbox = an_outbox(capacity=1)

    assert [outbox.add("first"), outbox.add("second")] == [True, False]


def test_new_session_starts_at_zero_with_what_still_waits() -> None:
    outbox = an_outbox("first", "second")
    outbox.due(0.0)
    outbox.acknowledge(0)
    outbox.due(0.0)
    outbox.restart()

    assert outbox.due(0.0) == (0, "second")


def test_only_the_next_number_is_new_and_only_the_last_is_a_repeat() -> None:
    inbox = Inbox()

    assert [inbox.judge(number) for number in (255, 0, 0, 1, 0, 3)] == [
        Arrival.WRONG,
        Arrival.NEW,
        Arrival.REPEAT,
        Arrival.NEW,
        Arrival.WRONG,
        Arrival.WRONG,
    ]
