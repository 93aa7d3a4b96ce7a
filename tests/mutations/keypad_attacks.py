"""Attacks on what is keyed in: on its way to the door, and by trying it slowly."""

from tests.mutations.attack import Attack

KEYPAD_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "keys-told-by-read-faults",
        "tests/firmware_bridge/test_bridge_protocol.py"
        "::test_faults_of_keys_do_not_tell_one_key_from_another[swapped wires]",
        "firmware_bridge/bridge_protocol.py",
        'told = "" if len(bits) <= MOST_KEY_BITS else bits',
        "told = bits",
    ),
    Attack(
        "pins-tried-too-slowly-to-block",
        "tests/core/test_pin_suspicion.py"
        "::test_tries_with_one_card_that_are_so_slow_that_no_door_blocks_it_raise_an_alert",
        "doorctl/core/suspicion/alerts.py",
        "RuleName.WRONG_PINS: replace(_WRONG_PINS, seconds=SLOW_TRIES_SECONDS),",
        "RuleName.WRONG_PINS: _WRONG_PINS,",
    ),
)
