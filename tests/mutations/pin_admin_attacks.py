"""Attacks on what admins are shown of PINs, before they agree to it."""

from tests.mutations.attack import Attack

PIN_ADMIN_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "hours-widened-while-it-waits",
        "tests/hub/two_admins/test_grounds.py::"
        "test_what_changed_since_it_was_looked_at_is_looked_at_again[wanted3-alone3]",
        "doorctl/hub/two_admins/grounds.py",
        "present=(*_present(do, self._connection), *by_clock),",
        "present=tuple(_present(do, self._connection)),",
    ),
    Attack(
        "site-file-that-asks-for-less",
        "tests/site/test_factors.py::test_what_a_zone_asks_for_is_told_before_and_after_as_a_rule",
        "doorctl/site/rule_changes.py",
        "        *factor_changes(present, wanted),\n",
        "",
    ),
)
