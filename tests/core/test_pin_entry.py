"""Keys to a PIN: digits, a key that clears, a key that enters, and pauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.machines.pin_entry import EMPTY, MOST_DIGITS, PAUSE_SECONDS, PinEntry, is_over, is_pin, press


def entered(keys: str, *, every: float = 1.0) -> list[str]:
    """Press keys, one each so many seconds; tell what was entered."""
    entry, found = EMPTY, []
    for number, key in enumerate(keys):
        entry, digits = press(entry, key, 100 + number * every)
        if digits is not None:
            found.append(digits)
    return found


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("1234#", ["1234"]),
        ("12*1234#", ["1234"]),
        ("1234#5678#", ["1234", "5678"]),
        ("#", []),
        ("*#", []),
        ("1234", []),
        ("12#", ["12"]),
        ("0000#", ["0000"]),
    ],
)
def test_a_hash_enters_and_a_star_clears(keys: str, expected: list[str]) -> None:
    assert entered(keys) == expected


def test_who_pauses_for_too_long_begins_anew() -> None:
    assert entered("1234#", every=PAUSE_SECONDS) == ["1234"]
    assert entered("12#", every=PAUSE_SECONDS + 1) == []


def test_two_hundred_digits_are_no_pin_and_take_no_more_room_than_a_few() -> None:
    (digits,) = entered("1" * 200 + "#", every=0.01)

    assert len(digits) == MOST_DIGITS + 1
    assert not is_pin(digits)


def test_an_entry_does_not_tell_its_digits() -> None:
    assert "1234" not in repr(PinEntry("1234", 1.0))


def test_an_entry_is_over_after_a_pause() -> None:
    assert not is_over(PinEntry("1", 5.0), 5.0 + PAUSE_SECONDS)
    assert is_over(PinEntry("1", 5.0), 5.1 + PAUSE_SECONDS)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [("123", False), ("1234", True), ("12345678", True), ("123456789", False), ("12a4", False), ("١٢٣٤", False)],
)
def test_a_pin_has_four_to_eight_digits(digits: str, expected: bool) -> None:
    assert is_pin(digits) is expected


@given(st.text(alphabet="0123456789*#", max_size=40))
def test_what_is_entered_was_keyed_in_since_the_last_star_or_hash(keys: str) -> None:
    runs = [run.rpartition("*")[2][: MOST_DIGITS + 1] for run in keys.split("#")[:-1]]

    assert entered(keys) == [run for run in runs if run]
