"""Attacks that make a verdict on an export say more than is so, or that there is none."""

from tests.mutations.attack import Attack

_FILE = "doorctl/audit/verify_doorlog.py"
_VERDICT = "tests/audit/test_doorlog_verdict.py::"
_RETENTION = "tests/audit/test_doorlog_retention.py::"

VERDICT_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "verifier-stopped-by-a-number",
        "tests/audit/test_doorlog_rubbish.py::test_what_nobody_foresaw_ends_in_a_verdict_with_its_name",
        _FILE,
        "    except Exception as error:  # noqa: BLE001",
        "    except FloatingPointError as error:  # noqa: BLE001",
    ),
    Attack(
        "cosignature-by-the-logs-own-key",
        "tests/audit/test_doorlog_forgeries.py::test_a_forgery_is_found_and_named[cosignature by the own log key]",
        _FILE,
        'for kind in ((1, 4) if name.startswith("hub.") else (1,))',
        "for kind in (1, 4)",
    ),
    Attack(
        "last-night-dropped",
        f"{_RETENTION}test_a_hub_cannot_drop[what has just come]",
        _FILE,
        "due = came is None or drop.was_due(int(came))",
        "due = True",
    ),
    Attack(
        "records-dropped-at-the-right-place",
        f"{_RETENTION}test_a_hub_cannot_drop[part of a segment]",
        _FILE,
        'said["end"] % SEGMENT_RECORDS == 0',
        "True",
    ),
    Attack(
        "records-dropped-by-a-rule-of-no-day",
        f"{_RETENTION}test_a_hub_cannot_drop[a rule of no day]",
        _FILE,
        '_require(days >= 1, "beginning"',
        '_require(True, "beginning"',
    ),
    Attack(
        "records-dropped-by-a-rule-never-set",
        f"{_RETENTION}test_a_hub_cannot_drop[a rule that was never set]",
        _FILE,
        "is_told = rule.command in self.carried_out or not self.is_complete",
        "is_told = True",
    ),
    Attack(
        "records-dropped-by-a-former-officer",
        f"{_RETENTION}test_a_hub_cannot_drop[a former officer]",
        _FILE,
        '_require(rule.signers & officers, "beginning"',
        '_require(True, "beginning"',
    ),
    Attack(
        "records-dropped-by-a-rule-that-was-replaced",
        f"{_RETENTION}test_a_hub_cannot_drop[a rule that was replaced]",
        _FILE,
        "replaced is None or drop.at <= replaced",
        "True",
    ),
    Attack(
        "dropped-though-an-export-shows-it",
        f"{_RETENTION}test_what_an_older_export_holds_was_not_older_and_not_gone[newer]",
        _FILE,
        "        _compare_times(old, before, check.drops[of])\n",
        "        pass\n",
    ),
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
