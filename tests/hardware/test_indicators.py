"""Each signal plays its pattern on the door's lights and buzzer, and nothing ever waits for it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.indicators import PATTERNS, PatternPlayer, Role, Signal

FRONT = {Role.LED_GREEN: "green", Role.LED_RED: "red", Role.BUZZER: "buzzer"}
BACK = {Role.LED_GREEN: "back-green", Role.LED_RED: "back-red"}


def test_granted_is_a_short_beep_and_three_seconds_of_green() -> None:
    player = PatternPlayer()

    player.start(FRONT, Signal.GRANTED, 100.0)

    assert played(player) == [
        (100.0, [("green", True), ("buzzer", True)]),
        (100.15, [("buzzer", False)]),
        (103.0, [("green", False)]),
    ]


def test_denied_is_red_with_two_beeps() -> None:
    player = PatternPlayer()

    player.start(FRONT, Signal.DENIED, 0.0)

    assert played(player) == [
        (0.0, [("red", True), ("buzzer", True)]),
        (0.2, [("buzzer", False)]),
        (0.3, [("buzzer", True)]),
        (0.5, [("buzzer", False)]),
        (2.0, [("red", False)]),
    ]


@pytest.mark.parametrize("signal", Signal)
def test_every_signal_has_a_pattern_of_steps_that_take_time(signal: Signal) -> None:
    assert all(step.milliseconds > 0 for step in PATTERNS[signal].steps)


@pytest.mark.parametrize("signal", [Signal.GRANTED, Signal.DENIED, Signal.FAULT])
def test_a_signal_that_plays_once_ends_dark_and_silent_after_its_steps(signal: Signal) -> None:
    player = PatternPlayer()
    player.start(FRONT, signal, 0.0)

    moments = played(player)

    assert moments[-1][0] == pytest.approx(sum(step.milliseconds for step in PATTERNS[signal].steps) / 1000)
    assert lit_after(moments) == set()
    assert player.next_due is None


def test_signals_at_the_door_can_be_told_apart() -> None:
    shown = [PATTERNS[signal].steps for signal in Signal]

    assert len(set(shown)) == len(Signal)


def test_signals_can_be_told_apart_with_eyes_closed() -> None:
    heard = {signal: sounds_of(signal) for signal in Signal if signal is not Signal.IDLE}

    assert all(heard.values())
    assert len(set(heard.values())) == len(heard)


@pytest.mark.parametrize(("waits", "seconds"), [(Signal.WAITING, 20), (Signal.WAITING_FOR_SECOND, 30)])
def test_who_is_waited_for_sees_it_for_that_long(waits: Signal, seconds: int) -> None:
    player = PatternPlayer()
    player.start(FRONT, waits, 0.0)

    assert seconds <= played(player)[-1][0] < seconds + 1


def test_held_soon_beeps_each_second_until_idle() -> None:
    player = PatternPlayer()
    player.start(FRONT, Signal.HELD_SOON, 0.0)
    beeps = played(player, until=9.9)

    player.start(FRONT, Signal.IDLE, 9.95)

    assert [now for now, changes in beeps if ("buzzer", True) in changes] == list(range(10))
    assert lit_after(beeps + played(player)) == set()
    assert player.next_due is None


def test_held_beeps_until_idle() -> None:
    player = PatternPlayer()
    player.start(FRONT, Signal.HELD, 0.0)
    beeps = played(player, until=59.2)

    player.start(FRONT, Signal.IDLE, 59.2)

    assert sum(("buzzer", True) in changes for _, changes in beeps) == 60
    assert played(player) == [(59.2, [("red", False), ("buzzer", False)])]
    assert player.next_due is None


def test_a_swipe_interrupts_held_and_then_held_goes_on() -> None:
    player = PatternPlayer()
    player.start(FRONT, Signal.HELD, 0.0)
    played(player, until=10.2)

    player.start(FRONT, Signal.GRANTED, 10.2)

    assert played(player, until=13.6) == [
        (10.2, [("green", True), ("red", False)]),
        (10.35, [("buzzer", False)]),
        (13.2, [("green", False), ("red", True), ("buzzer", True)]),
        (13.5, [("red", False), ("buzzer", False)]),
    ]


def test_held_interrupts_what_plays_once() -> None:
    player = PatternPlayer()
    player.start(FRONT, Signal.GRANTED, 0.0)
    played(player, until=1.0)

    player.start(FRONT, Signal.HELD, 1.0)

    assert player.due(1.0) == [("green", False), ("red", True), ("buzzer", True)]


def test_a_new_signal_replaces_the_one_that_plays() -> None:
    player = PatternPlayer()
    player.start(FRONT, Signal.GRANTED, 0.0)
    player.due(0.0)

    player.start(FRONT, Signal.DENIED, 0.1)

    assert player.due(0.1) == [("green", False), ("red", True)]
    assert player.next_due == pytest.approx(0.3)


def test_a_late_caller_gets_only_what_is_still_true() -> None:
    player = PatternPlayer()
    player.start(FRONT, Signal.DENIED, 0.0)

    late = player.due(0.75)

    assert late == [("red", True)]
    assert player.next_due == pytest.approx(2.0)


def test_nothing_is_due_before_its_time() -> None:
    player = PatternPlayer()
    player.start(FRONT, Signal.GRANTED, 0.0)
    player.due(0.0)

    assert player.due(0.149) == []


def test_doors_play_independently() -> None:
    player = PatternPlayer()
    player.start(FRONT, Signal.GRANTED, 0.0)
    player.start(BACK, Signal.DENIED, 0.0)
    player.due(0.0)

    player.start(BACK, Signal.IDLE, 0.1)

    assert player.due(0.1) == [("back-red", False)]
    assert player.next_due == pytest.approx(0.15)


def test_a_door_without_a_buzzer_shows_the_rest() -> None:
    player = PatternPlayer()

    player.start(BACK, Signal.GRANTED, 0.0)

    assert player.due(0.0) == [("back-green", True)]


def test_a_door_without_indicators_plays_in_silence() -> None:
    player = PatternPlayer()

    player.start({}, Signal.GRANTED, 0.0)

    assert [changes for _, changes in played(player)] == [[], [], []]


@given(started=st.floats(0, 1e6), signal=st.sampled_from(list(Signal)))
def test_a_loop_that_wakes_exactly_when_due_always_gets_further(started: float, signal: Signal) -> None:
    player = PatternPlayer()
    player.start(FRONT, signal, started)

    moments = [moment for moment, _ in played(player, until=started + 12)]

    assert len(moments) <= 1 + 12_000 // 100
    assert all(before < after for before, after in pairwise(moments))


def played(player: PatternPlayer, *, until: float = float("inf")) -> list[tuple[float, list[tuple[str, bool]]]]:
    """Wake exactly when something is due and give the changes that were made, rounded to milliseconds."""
    moments = []
    while (now := player.next_due) is not None and now <= until:
        moments.append((now, player.due(now)))
        assert len(moments) < 1000
    return [(round(now, 3), changes) for now, changes in moments]


def lit_after(moments: list[tuple[float, list[tuple[str, bool]]]]) -> set[str]:
    """Give what is on after all the changes."""
    states = {name: on for _, changes in moments for name, on in changes}
    return {name for name, on in states.items() if on}


def sounds_of(signal: Signal) -> tuple[tuple[bool, int], ...]:
    """Give the tones and pauses of a signal up to its last tone, each with its milliseconds."""
    heard: list[tuple[bool, int]] = []
    for step in PATTERNS[signal].steps:
        sounds = Role.BUZZER in step.on
        before = heard.pop()[1] if heard and heard[-1][0] is sounds else 0
        heard.append((sounds, before + step.milliseconds))
    return tuple(heard if PATTERNS[signal].repeats or heard[-1][0] else heard[:-1])
