"""The numbers of a keeper's words: they only rise."""

from pathlib import Path

import pytest

from doorctl.keeper.word_counter import AHEAD_BY_CLOCK, AHEAD_BY_COUNT, WordCounter
from doorctl.wire.messages import Ack, Ask
from doorctl.wire.topics import Channel
from tests.full_disk import full_disk
from tests.keeper.site import AController, ASite, HandSetClock, settled


def a_counter(folder: Path, clock: HandSetClock) -> WordCounter:
    return WordCounter(folder / "words.counter", clock=clock.now)


def test_each_number_is_higher_than_the_one_before_in_one_millisecond(tmp_path: Path) -> None:
    counter = a_counter(tmp_path, HandSetClock(5))

    assert [counter.next() for _ in range(3)] == [5000, 5001, 5002]


def test_a_clock_that_is_set_back_takes_no_number_back(tmp_path: Path) -> None:
    clock = HandSetClock(5)
    counter = a_counter(tmp_path, clock)
    before = counter.next()
    clock.seconds = 1

    assert counter.next() == before + 1


@pytest.mark.parametrize("seconds_at_start", [0, 5, 6])
def test_numbers_rise_across_restarts_whatever_the_clock_says(tmp_path: Path, seconds_at_start: float) -> None:
    first = a_counter(tmp_path, HandSetClock(5))
    given = max(first.next() for _ in range(2 * AHEAD_BY_COUNT))

    assert a_counter(tmp_path, HandSetClock(seconds_at_start)).next() > given


def test_numbers_rise_by_the_clock_where_the_file_is_lost_or_damaged(tmp_path: Path) -> None:
    before = a_counter(tmp_path, HandSetClock(5)).next()
    (tmp_path / "words.counter").write_bytes(b"\xff")

    assert a_counter(tmp_path, HandSetClock(6)).next() > before


def test_the_file_is_written_once_an_hour(tmp_path: Path) -> None:
    clock = HandSetClock(5)
    counter = a_counter(tmp_path, clock)
    counter.next()
    (tmp_path / "words.counter").unlink()
    clock.seconds += AHEAD_BY_CLOCK / 1000 - 1
    counter.next()
    before = (tmp_path / "words.counter").exists()
    clock.seconds += 2

    counter.next()

    assert (before, (tmp_path / "words.counter").exists()) == (False, True)


def test_a_full_disk_holds_up_no_word(tmp_path: Path) -> None:
    counter = a_counter(tmp_path, HandSetClock(5))

    with full_disk():
        assert [counter.next(), counter.next()] == [5000, 5001]


def test_questions_and_acknowledgements_are_numbered(controller: AController, site: ASite) -> None:
    settled(controller, site)
    controller.clock.seconds = 60
    said = [*controller.keeper.tick(60), *controller.keeper.connected(60)]

    words = [
        controller.read(each.payload, Ask if each.channel is Channel.ASK else Ack)
        for each in said
        if each.channel in (Channel.ASK, Channel.ACK)
    ]

    assert [(type(word), word.counter) for word in words if isinstance(word, Ask | Ack)] == [
        (Ask, 60_000),
        (Ack, 60_001),
    ]
