"""Attacks that learn of PINs by what else depends on them: how long an answer takes, and what is blocked."""

from tests.mutations.attack import Attack

_ORACLES = "tests/door/test_pin_oracles.py::"

PIN_ORACLE_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "pin-told-by-a-stopwatch",
        f"{_ORACLES}test_a_pin_of_somebody_who_may_not_pass_takes_as_long_as_one_of_nobody_also_in_a_flood",
        "doorctl/core/rules/factors.py",
        "return request.pin_alone and in_vain and _is_looked_at(request, facts)",
        "return False",
    ),
    Attack(
        "pin-told-by-the-block",
        f"{_ORACLES}test_a_pin_of_somebody_who_may_not_pass_blocks_the_reader_as_one_of_nobody_does",
        "doorctl/door/asking/wrong_pins.py",
        "if pin_failed(request, facts, asked.decision):",
        "if 'wrong_pin' in asked.decision.reasons:",
    ),
    Attack(
        "help-called-by-trying",
        f"{_ORACLES}test_where_no_pin_is_looked_at_the_one_for_duress_is_not_either[facts0-card_awaited]",
        "doorctl/core/rules/factors.py",
        "    if not _is_looked_at(request, facts):\n        return False\n",
        "",
    ),
    Attack(
        "pin-asked-for-as-a-card",
        "tests/hub/test_held_cards.py::test_nobody_learns_the_keyed_hash_of_a_pin_by_calling_it_a_card"
        "[pin:h1:4711-asked0]",
        "doorctl/keys/card_keys.py",
        "form not in _NO_CARDS and ",
        "",
    ),
    Attack(
        "pin-in-a-leaf",
        "tests/hub/test_pins.py"
        "::test_a_record_tells_whether_there_is_a_pin_in_its_opening_alone_and_never_its_keyed_hash[set]",
        "doorctl/hub/command_records.py",
        'whose: str | None = getattr(row, "holder", None)',
        'whose: str | None = None if type(row).__name__ == "PinRow" else getattr(row, "holder", None)',
    ),
    Attack(
        "pin-in-an-opening",
        "tests/hub/test_pins.py"
        "::test_a_record_tells_whether_there_is_a_pin_in_its_opening_alone_and_never_its_keyed_hash[removed]",
        "doorctl/hub/command_records.py",
        "case PinRow(holder=holder):",
        "case PinRow(holder=holder) if not holder:",
    ),
)
