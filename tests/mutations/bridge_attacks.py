"""Attacks on the microcontroller: strikes whose host is gone, and what is left of a card after a disturbance."""

from tests.mutations.attack import Attack

_OUTPUTS = "firmware_bridge/mcu/outputs.c"
_OF_OUTPUTS = "tests/mcu/test_outputs.py::"

BRIDGE_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "strike-of-a-host-that-is-gone",
        f"{_OF_OUTPUTS}test_a_strike_is_secured_when_the_host_is_not_heard_for_three_seconds",
        _OUTPUTS,
        "if (!host_is_alive || now_ms",
        "if ((!host_is_alive && strike->for_ms == 0) || now_ms",
    ),
    Attack(
        "strike-released-for-a-minute",
        f"{_OF_OUTPUTS}test_no_strike_is_released_for_more_than_thirty_seconds",
        _OUTPUTS,
        "milliseconds < MOST_RELEASE_MS ? milliseconds : MOST_RELEASE_MS",
        "milliseconds",
    ),
    Attack(
        "rest-of-a-disturbed-card",
        "tests/mcu/test_wiegand.py::test_of_a_burst_that_could_not_be_followed_no_bit_is_told[both_low]",
        "firmware_bridge/mcu/wiegand.c",
        "if (reader->spoilt || reader->levels",
        "if (reader->levels",
    ),
)
