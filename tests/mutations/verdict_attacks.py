"""Attacks that make a verdict on an export sound like more than it is."""

from tests.mutations.attack import Attack

_FILE = "doorctl/audit/verify_doorlog.py"
_VERDICT = "tests/audit/test_doorlog_verdict.py::"

VERDICT_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "controllers-tail-held-back",
        f"{_VERDICT}test_a_controller_with_nothing_of_its_own_for_over_a_day_is_named",
        _FILE,
        "export.made_at - (own or 0) > OWN_SECONDS",
        "False",
    ),
    Attack(
        "trust-that-is-older-than-known",
        f"{_VERDICT}test_trust_that_is_older_than_is_known_is_refused",
        _FILE,
        '_require(newest >= terms.least_trust, "trust", text)',
        '_require(True, "trust", text)',
    ),
    Attack(
        "range-cut-by-a-clock-that-was-not-set",
        f"{_VERDICT}test_a_range_that_ends_at_a_clock_that_was_not_set_says_so[unsynchronized-2]",
        _FILE,
        "if is_cut and leaf and not _is_set(leaf)",
        "if False",
    ),
    Attack(
        "filtered-export-taken-for-all",
        f"{_VERDICT}test_the_verdict_says_for_whom_and_what_was_asked_for",
        _FILE,
        'f"asked for: {_asked(export)}; trust',
        'f"trust',
    ),
)
