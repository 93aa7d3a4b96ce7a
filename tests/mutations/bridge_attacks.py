"""Attacks on the microcontroller and its line: strikes that nobody holds any more, and rests of disturbed cards."""

from tests.mutations.attack import Attack

_OUTPUTS = "firmware_bridge/mcu/outputs.c"
_OF_OUTPUTS = "tests/mcu/test_outputs.py::"
_OF_STRIKES = "tests/firmware_bridge/test_strike_outputs.py::"
_MISTAKES = "doorctl/door/config/mistakes.py"

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
    Attack(
        "release-that-the-line-held-up",
        f"{_OF_STRIKES}test_a_release_that_the_line_held_up_until_the_door_was_locked_again_never_comes[1.0]",
        "firmware_bridge/bridge_protocol.py",
        "voids=partial(_is_of_strike, message.strike)",
        "voids=lambda _: False",
    ),
    Attack(
        "bridge-that-confirms-nothing",
        f"{_OF_STRIKES}test_a_strike_is_in_doubt_while_nothing_confirms_it_and_no_longer",
        "firmware_bridge/strike_outputs.py",
        "if output.doubtful_at is not None and now >= output.doubtful_at",
        "if False",
    ),
    Attack(
        "way-out-at-a-bridge",
        "tests/door/test_strike_config.py::test_a_way_out_does_not_hang_on_a_bridge",
        _MISTAKES,
        '    ("egress", Egress.REX): "a line that is cut, or a bridge that hangs, would keep people in",\n',
        "",
    ),
    Attack(
        "strike-left-released-at-a-bridge",
        "tests/door/test_strike_config.py::"
        "test_a_strike_at_a_bridge_that_cannot_do_what_is_asked_is_refused[released]",
        _MISTAKES,
        '    ("on_process_loss", StrikeState.RELEASED): "a bridge secures its strikes when it does not hear us",\n',
        "",
    ),
    Attack(
        "strike-whose-order-a-lost-byte-swallows",
        "tests/mcu/test_link.py::test_a_command_whose_frame_loses_the_last_byte_of_its_checksum_is_not_acknowledged",
        "firmware_bridge/mcu/link.c",
        "if (is_known && !fits && code != HOST_HELLO)",
        "if (is_known && !fits && code == 0xFF)",
    ),
    Attack(
        "card-that-a-lost-byte-swallows",
        "tests/firmware_bridge/test_bridge_protocol.py"
        "::test_a_card_whose_frame_loses_the_last_byte_of_its_checksum_comes_again",
        "firmware_bridge/bridge_protocol.py",
        "if is_damaged(body, FROM_BRIDGE):",
        "if False:",
    ),
)
