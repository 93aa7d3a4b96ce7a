"""A change of an input is believed when it has been stable for the input's debounce time, and never before."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hardware.debounce import Debouncer, InputChanged
from tests.hardware.layouts import an_input

SAMPLES = st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1, max_size=60)


def test_the_first_sample_reports_every_input_as_initial() -> None:
    debouncer = Debouncer([an_input("contact"), an_input("button")])

    changes = debouncer.update({"contact": True, "button": False}, 5.0)

    assert changes == [
        InputChanged("contact", active=True, at=5.0, initial=True),
        InputChanged("button", active=False, at=5.0, initial=True),
    ]


def test_a_change_is_reported_once_it_was_stable_and_dated_when_first_seen() -> None:
    reported = reports([(0, False), (10, True), (20, True), (30, True), (40, True), (50, True)], debounce_ms=30)

    assert reported == [(0, False, 0), (40, True, 10)]


def test_a_bounce_starts_the_wait_again() -> None:
    reported = reports(
        [(0, False), (10, True), (20, True), (30, False), (40, True), (60, True), (70, True)], debounce_ms=30
    )

    assert reported == [(0, False, 0), (70, True, 40)]


def test_a_pulse_shorter_than_the_debounce_time_is_never_reported() -> None:
    reported = reports([(0, False), (10, True), (30, True), (39, False), (100, False)], debounce_ms=30)

    assert reported == [(0, False, 0)]


def test_one_new_sample_after_a_long_silence_is_not_believed_yet() -> None:
    reported = reports([(0, False), (500, True), (510, True), (530, True)], debounce_ms=30)

    assert reported == [(0, False, 0), (530, True, 500)]


def test_without_debounce_time_a_change_is_reported_at_once() -> None:
    reported = reports([(0, False), (10, True), (20, False)], debounce_ms=0)

    assert reported == [(0, False, 0), (10, True, 10), (20, False, 20)]


def test_each_input_has_its_own_debounce_time() -> None:
    debouncer = Debouncer([an_input("quick", debounce_ms=10), an_input("slow", debounce_ms=50)])
    for now in (0.0, 0.01):
        debouncer.update({"quick": now > 0, "slow": now > 0}, now)

    changes = debouncer.update({"quick": True, "slow": True}, 0.02)

    assert changes == [InputChanged("quick", active=True, at=0.01)]


@given(steps=SAMPLES, debounce_ms=st.integers(0, 100))
def test_reports_are_those_of_looking_back_over_all_samples(steps: list[tuple[int, bool]], debounce_ms: int) -> None:
    samples = timed(steps)

    assert reports(samples, debounce_ms=debounce_ms) == looked_back(samples, debounce_ms)


@given(steps=SAMPLES, level=st.booleans())
def test_whatever_happened_before_the_last_stable_level_is_the_one_believed(
    steps: list[tuple[int, bool]], level: bool
) -> None:
    samples = timed(steps)
    end = samples[-1][0]

    reported = reports([*samples, (end + 10, level), (end + 40, level)], debounce_ms=30)

    assert reported[-1][1] is level


@given(steps=SAMPLES)
def test_reports_of_an_input_take_turns(steps: list[tuple[int, bool]]) -> None:
    levels = [active for _, active, _ in reports(timed(steps), debounce_ms=30)]

    assert all(before is not after for before, after in pairwise(levels))


def reports(samples: list[tuple[int, bool]], *, debounce_ms: int) -> list[tuple[int, bool, int]]:
    """Feed samples of one input (milliseconds, active) and give (reported at, active, dated)."""
    debouncer = Debouncer([an_input("contact", debounce_ms=debounce_ms)])
    return [
        (milliseconds, change.active, round(change.at * 1000))
        for milliseconds, active in samples
        for change in debouncer.update({"contact": active}, milliseconds / 1000)
    ]


def timed(steps: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """Turn (milliseconds since the last sample, active) into (milliseconds, active)."""
    now, samples = 0, []
    for pause, active in steps:
        now += pause
        samples.append((now, active))
    return samples


def looked_back(samples: list[tuple[int, bool]], debounce_ms: int) -> list[tuple[int, bool, int]]:
    """Find the reports another way: at each sample, walk back to where its level began."""
    reported = [(samples[0][0], samples[0][1], samples[0][0])]
    for index, (now, active) in enumerate(samples):
        began = index
        while began > 0 and samples[began - 1][1] is active:
            began -= 1
        if active is not reported[-1][1] and now - samples[began][0] >= debounce_ms:
            reported.append((now, active, samples[began][0]))
    return reported
