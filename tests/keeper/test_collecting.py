"""Which chunks are asked for: a window at a time, again when they do not come, and handed on in their order."""

import hashlib
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorctl.errors import Refused
from doorctl.keeper.collecting import AHEAD, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, WINDOW, Collecting, Wanted
from doorctl.wire.messages import Chunk, Offer

ID = "a" * 32


def an_offer(chunks: int) -> Offer:
    return Offer(snapshot=ID, chunks=chunks, epoch=1, revision=9, chain="0" * 64, digest="0" * 64)


def a_collecting(chunks: int, *, first: int = 0) -> Collecting:
    return Collecting(an_offer(chunks), first=first, now=0)


def data_of(number: int) -> bytes:
    return b"chunk %d" % number


def a_chunk(number: int, *, snapshot: str = ID) -> Chunk:
    return Chunk(site="hq", snapshot=snapshot, number=number, sha256=hashlib.sha256(data_of(number)).hexdigest())


def take(collecting: Collecting, number: int, *, now: float = 0) -> list[int]:
    return [handed for handed, _ in collecting.take(a_chunk(number), data_of(number), now)]


def test_a_window_is_asked_for_at_once_and_then_waited_for() -> None:
    collecting = a_collecting(100)

    assert collecting.wanted(0) == Wanted(ID, 0, WINDOW)
    assert collecting.wanted(FIRST_PAUSE_SECONDS - 0.01) is None


def test_the_last_window_is_as_long_as_what_is_left() -> None:
    assert a_collecting(3).wanted(0) == Wanted(ID, 0, 3)


def test_collecting_goes_on_from_the_first_that_is_not_written() -> None:
    assert a_collecting(10, first=7).wanted(0) == Wanted(ID, 7, 3)


def test_with_all_written_nothing_is_asked_for() -> None:
    collecting = a_collecting(7, first=7)

    assert (collecting.is_complete, collecting.wanted(0)) == (True, None)


def test_the_next_window_is_asked_for_as_soon_as_one_has_come() -> None:
    collecting = a_collecting(100)
    collecting.wanted(0)
    for number in range(WINDOW):
        take(collecting, number)

    assert collecting.wanted(0) == Wanted(ID, WINDOW, WINDOW)


def test_no_more_is_asked_for_than_waits_to_be_written() -> None:
    collecting = a_collecting(100)
    for number in range(AHEAD):
        collecting.wanted(0)
        take(collecting, number)

    before = collecting.wanted(0)
    collecting.written(WINDOW)

    assert (before, collecting.wanted(0)) == (None, Wanted(ID, AHEAD, WINDOW))


def test_what_is_missing_is_asked_for_again_and_only_that() -> None:
    collecting = a_collecting(100)
    collecting.wanted(0)
    take(collecting, 0)
    take(collecting, 2)

    assert collecting.wanted(FIRST_PAUSE_SECONDS) == Wanted(ID, 1, WINDOW - 1)


def test_pauses_double_up_to_the_longest_while_nothing_comes() -> None:
    collecting = a_collecting(100)
    asked_at = [float(second) for second in range(400) if collecting.wanted(second)]

    pauses = [later - earlier for earlier, later in pairwise(asked_at)]
    assert pauses[:6] == [1, 2, 4, 8, 16, 32]
    assert set(pauses[6:]) == {LONGEST_PAUSE_SECONDS}


def test_a_chunk_that_comes_makes_the_pauses_short_again() -> None:
    collecting = a_collecting(100)
    for second in range(60):
        collecting.wanted(second)
    take(collecting, 0, now=60)

    assert collecting.wanted(60 + FIRST_PAUSE_SECONDS) is not None


def test_a_new_connection_asks_at_once() -> None:
    collecting = a_collecting(100)
    collecting.wanted(0)
    collecting.connected(0.1)

    assert collecting.wanted(0.1) == Wanted(ID, 0, WINDOW)


def test_chance_spreads_those_who_ask_again() -> None:
    collecting = Collecting(an_offer(9), first=0, now=0, chance=lambda: 0.5)
    collecting.wanted(0)

    assert collecting.wanted(1.25 * FIRST_PAUSE_SECONDS - 0.01) is None
    assert collecting.wanted(1.25 * FIRST_PAUSE_SECONDS) is not None


def test_chunks_are_handed_on_in_their_order() -> None:
    collecting = a_collecting(4)
    collecting.wanted(0)

    assert [take(collecting, number) for number in (2, 0, 3, 1)] == [[], [0], [], [1, 2, 3]]
    assert collecting.is_complete


@pytest.mark.parametrize("number", [0, 1, AHEAD + 1, 99])
def test_a_chunk_that_is_not_wanted_now_is_not_kept(number: int) -> None:
    collecting = a_collecting(100)
    collecting.wanted(0)
    take(collecting, 0)
    take(collecting, 1)

    with pytest.raises(Refused, match="repeat"):
        take(collecting, number)


def test_a_chunk_that_waits_is_not_taken_twice() -> None:
    collecting = a_collecting(100)
    take(collecting, 5)

    with pytest.raises(Refused, match="repeat"):
        take(collecting, 5)


def test_a_chunk_of_another_snapshot_is_refused() -> None:
    with pytest.raises(Refused, match="unknown-snapshot"):
        a_collecting(9).take(a_chunk(0, snapshot="b" * 32), data_of(0), 0)


def test_a_chunk_with_other_data_than_was_signed_for_is_refused() -> None:
    with pytest.raises(Refused, match="bad-chunk"):
        a_collecting(9).take(a_chunk(0), data_of(1), 0)


def test_a_chunk_beyond_the_last_is_refused() -> None:
    with pytest.raises(Refused, match="bad-chunk"):
        take(a_collecting(9), 9)


@settings(max_examples=100, deadline=None)
@given(chunks=st.integers(0, 120), seed=st.integers(0, 2**32))
def test_every_chunk_is_handed_on_once_and_in_order_whatever_is_lost_repeated_or_late(chunks: int, seed: int) -> None:
    chance = random.Random(seed)
    collecting = Collecting(an_offer(chunks), first=0, now=0, chance=chance.random)
    handed: list[int] = []
    on_the_way: list[int] = []
    now = 0.0
    while not collecting.is_complete:
        now += chance.random()
        wanted = collecting.wanted(now)
        on_the_way += range(wanted.chunk, wanted.chunk + wanted.chunks) if wanted else ()
        chance.shuffle(on_the_way)
        for number in [on_the_way.pop() for _ in range(min(9, len(on_the_way)))]:
            handed += _taken(collecting, number, now) if chance.random() < 0.7 else []
        collecting.written(chance.randint(0, len(handed)))

    assert handed == list(range(chunks))


def _taken(collecting: Collecting, number: int, now: float) -> list[int]:
    try:
        return take(collecting, number, now=now)
    except Refused as refusal:
        assert refusal.refusal == "repeat"  # noqa: PT017 - every other refusal is a mistake
        return []
