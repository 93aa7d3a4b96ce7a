"""A layout knows its pin levels and names every mistake in it."""

import pytest

from hardware.pins import ActiveLevel, Lock, StrikeState, level_of, mistakes, warnings
from tests.hardware.layouts import a_layout, a_strike, an_indicator, an_input

HIGH, LOW = True, False


@pytest.mark.parametrize(
    ("lock", "active_level", "secured", "released"),
    [
        (Lock.FAIL_SECURE, ActiveLevel.HIGH, LOW, HIGH),
        (Lock.FAIL_SECURE, ActiveLevel.LOW, HIGH, LOW),
        (Lock.FAIL_SAFE, ActiveLevel.HIGH, HIGH, LOW),
        (Lock.FAIL_SAFE, ActiveLevel.LOW, LOW, HIGH),
    ],
)
def test_fail_secure_locks_are_energised_to_release_and_fail_safe_ones_to_secure(
    lock: Lock, active_level: ActiveLevel, secured: bool, released: bool
) -> None:
    strike = a_strike(lock=lock, active_level=active_level)

    levels = (strike.level(StrikeState.SECURED), strike.level(StrikeState.RELEASED))

    assert levels == (secured, released)


@pytest.mark.parametrize(("active_level", "on", "off"), [(ActiveLevel.HIGH, HIGH, LOW), (ActiveLevel.LOW, LOW, HIGH)])
def test_an_indicator_is_on_at_its_active_level(active_level: ActiveLevel, on: bool, off: bool) -> None:
    indicator = an_indicator(active_level=active_level)

    assert (indicator.level(on=True), indicator.level(on=False)) == (on, off)


@pytest.mark.parametrize(
    ("active_level", "level", "active"),
    [
        (ActiveLevel.HIGH, 1, True),
        (ActiveLevel.HIGH, 0, False),
        (ActiveLevel.LOW, 0, True),
        (ActiveLevel.LOW, 1, False),
    ],
)
def test_an_input_is_active_at_its_active_level(active_level: ActiveLevel, level: int, active: bool) -> None:
    contact = an_input(active_level=active_level)

    assert contact.is_active(level) is active
    assert contact.level(active=active) is bool(level)


def test_the_active_level_is_the_one_at_which_a_thing_is_active() -> None:
    assert level_of(ActiveLevel.HIGH, active=True) is HIGH
    assert level_of(ActiveLevel.LOW, active=True) is LOW


def test_an_ordinary_layout_has_no_mistakes_and_no_warnings() -> None:
    layout = a_layout()

    assert (mistakes(layout), warnings(layout)) == ([], [])


def test_every_mistake_is_named_at_once_with_the_item_to_blame() -> None:
    layout = a_layout(
        a_strike("front", pin=17),
        a_strike("front", pin=28),
        an_input("contact", pin=17, debounce_ms=-1),
        an_input("button", pin=-1, debounce_ms=1001),
        an_indicator("", pin=0),
    )

    assert mistakes(layout) == [
        "strike 'front': defined 2 times: give each its own name",
        "the indicator '' on pin 0 has no name: give it one",
        "strike 'front': pin 28 is not on the header: use a BCM number, 2 to 27",
        "input 'button': pin -1 is not on the header: use a BCM number, 2 to 27",
        "indicator '': pin 0 is reserved: it reads the identity of an add-on board at start-up (ID_SD)",
        "strike 'front', input 'contact': pin 17 is used 2 times: give each its own pin",
        "input 'contact': debounce_ms is -1: use 0 to 1000",
        "input 'button': debounce_ms is 1001: use 0 to 1000",
    ]


def test_a_strike_and_its_contact_may_share_a_name() -> None:
    layout = a_layout(a_strike("front"), an_input("front"))

    assert mistakes(layout) == []


@pytest.mark.parametrize("pin", [14, 15])
def test_a_pin_of_the_serial_port_is_a_warning(pin: int) -> None:
    layout = a_layout(an_input(pin=pin))

    (warning,) = warnings(layout)

    assert f"input 'front-contact': pin {pin}" in warning
    assert "UART" in warning
    assert mistakes(layout) == []


@pytest.mark.parametrize(
    ("pin", "active_level", "resistor"),
    [(17, ActiveLevel.LOW, "pull-up"), (5, ActiveLevel.HIGH, "pull-down")],
)
def test_a_fail_secure_strike_that_the_pis_own_pull_would_release_at_power_up_is_a_warning(
    pin: int, active_level: ActiveLevel, resistor: str
) -> None:
    layout = a_layout(a_strike(pin=pin, active_level=active_level))

    (warning,) = warnings(layout)

    assert "strike 'front': from power-up until doorctl starts" in warning
    assert f"fit a {resistor} resistor" in warning


@pytest.mark.parametrize(("pin", "active_level"), [(17, ActiveLevel.HIGH), (5, ActiveLevel.LOW)])
def test_a_fail_secure_strike_that_rests_by_the_pis_own_pull_is_no_warning(
    pin: int, active_level: ActiveLevel
) -> None:
    assert warnings(a_layout(a_strike(pin=pin, active_level=active_level))) == []


def test_a_fail_safe_strike_is_no_warning_because_it_opens_without_power_anyway() -> None:
    assert warnings(a_layout(a_strike(pin=17, lock=Lock.FAIL_SAFE))) == []
