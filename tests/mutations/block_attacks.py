"""Attacks on what a door keeps for a while: a block of wrong PINs, and who waits for company."""

from tests.mutations.attack import Attack

BLOCK_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "block-ended-by-a-clock-behind",
        "tests/door/test_pins.py"
        "::test_a_block_outlives_a_restart_with_a_clock_that_is_behind_and_ends_as_long_after_that",
        "doorctl/door/asking/wrong_pins.py",
        "datetime.fromtimestamp(max(0, min(last, at.timestamp())), UTC)",
        "datetime.fromtimestamp(last, UTC)",
    ),
    Attack(
        "company-by-a-policy-before-this-one",
        "tests/door/test_company.py"
        "::test_whoever_was_admitted_by_another_policy_that_the_door_has_not_heard_of_is_no_company",
        "doorctl/door/asking/company.py",
        " and self.asked.position == position",
        "",
    ),
)
