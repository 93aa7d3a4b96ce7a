"""Attacks that end a block of wrong PINs before its time."""

from tests.mutations.attack import Attack

BLOCK_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "block-ended-by-a-clock-behind",
        "tests/door/test_pins.py"
        "::test_a_block_outlives_a_restart_with_a_clock_that_is_behind_and_ends_as_long_after_that",
        "doorctl/door/wrong_pins.py",
        "datetime.fromtimestamp(max(0, min(last, at.timestamp())), UTC)",
        "datetime.fromtimestamp(last, UTC)",
    ),
)
