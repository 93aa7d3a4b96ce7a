"""Attacks around cards that are replaced, and people whose time is over."""

from tests.mutations.attack import Attack

_REPLACED = "tests/hub/test_card_replace.py::"
_LEAVERS = "tests/hub/orders/test_leavers.py::"

CARD_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "card-of-another-replaced",
        f"{_REPLACED}test_what_cannot_be_replaced_is_refused_by_name_and_nothing_is_changed[do1-private1-unknown-card]",
        "doorctl/hub/verbs/cards/cards.py",
        "if not found or found[0].holder != holder:",
        "if not found:",
    ),
    Attack(
        "suspension-undone-by-another-card",
        f"{_REPLACED}test_a_suspension_is_not_undone_by_another_card",
        "doorctl/hub/verbs/cards/cards.py",
        "if old.status is Status.SUSPENDED:",
        "if False:",
    ),
    Attack(
        "replaced-card-shown-at-once",
        f"{_LEAVERS}test_every_controller_is_ordered_to_deny_before_anything_else_is_said[do5-private5-deed5]",
        "doorctl/hub/orders/leavers.py",
        "taken = [each.row.key for each in operations if isinstance(each.row, CredentialRow) and _takes_away(each)]",
        "taken = [each.row.key for each in operations if isinstance(each.row, CredentialRow)]",
    ),
    Attack(
        "new-card-keys-that-deny-the-only-card",
        f"{_LEAVERS}test_new_card_keys_deny_nobody_even_where_there_is_one_card",
        "doorctl/hub/orders/leavers.py",
        "if any(isinstance(each.row, CardRingRow) for each in operations):",
        "if False:",
    ),
    Attack(
        "company-of-who-may-enter-no-more",
        "tests/door/test_ends_while_waiting.py::test_the_first_is_company_until_their_own_end_and_not_at_it[person]",
        "doorctl/door/asking/company.py",
        "return now <= self.until and now < self.ends",
        "return now <= self.until",
    ),
)
