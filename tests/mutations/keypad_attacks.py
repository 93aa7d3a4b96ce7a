"""Attacks on what is keyed in, on its way to the door."""

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
)
