"""Attacks on what controllers and the hub say of the hub's log to each other, and to whoever reads an export."""

from tests.mutations.attack import Attack

_VERIFIER = "doorctl/audit/verify_doorlog.py"
_DESK = "doorctl/hub/log_desk.py"
_EXPORTED = "tests/audit/test_doorlog_hub_roots.py::"
_HUB = "tests/hub/own_log/test_hub_roots.py::"
_LIES = f"{_EXPORTED}test_what_the_hub_never_signed_proves_nothing_and_names_the_controller"
_CONDEMNED = f"{_EXPORTED}test_what_the_hub_has_signed_condemns_it_by_whichever_of_its_keys"
_FITS = "if any(_fits(key, raw[4:], text) for key in keys):"

HUB_ROOT_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "stolen-pi-lies-about-the-hub",
        f"{_LIES}[no signature]",
        _VERIFIER,
        "if of[0] != HUB or marks.speaker(at) in _OUTSIDE:",
        "if True:",
    ),
    Attack("stolen-pi-signs-for-the-hub", f"{_LIES}[by its own key]", _VERIFIER, _FITS, "if raw:"),
    Attack("stolen-pi-shows-another-signature", f"{_LIES}[signature of the true head]", _VERIFIER, _FITS, "if keys:"),
    Attack(
        "hub-shows-a-door-another-history",
        f"{_CONDEMNED}[the key of today-another]",
        _VERIFIER,
        _FITS,
        "if False:",
    ),
    Attack(
        "hub-denies-its-former-key",
        f"{_CONDEMNED}[a former key-another]",
        _VERIFIER,
        "for name, key in self.export.trust.hub if",
        "for name, key in [self.export.trust.newest_hub] if",
    ),
    Attack(
        "lie-that-hides-a-proof",
        f"{_EXPORTED}test_a_lie_of_more_records_hides_no_proof_that_the_hub_has_lost_some",
        _VERIFIER,
        "for at in beyond if self._proves(",
        "for at in beyond[:1] if self._proves(",
    ),
    Attack(
        "hub-blamed-by-a-stolen-pi",
        f"{_HUB}test_a_controller_that_makes_a_hub_log_up_is_an_alarm_about_it_and_exports_stay_whole",
        _DESK,
        "            if self._is_ours(mark):\n",
        "            if True:\n",
    ),
    Attack(
        "lie-that-hides-an-alarm",
        f"{_HUB}test_a_lie_before_it_in_the_batch_hides_no_alarm_about_the_hub",
        _DESK,
        "            conflicts.setdefault(conflict.refusal, conflict)\n",
        '            conflicts.setdefault("", conflict)\n',
    ),
    Attack(
        "hub-log-told-by-somebody-else",
        "tests/door/test_hub_watch.py::test_what_the_hub_has_not_signed_is_dropped_counted_and_told"
        "[by another key of the name]",
        "doorctl/door/hub_watch.py",
        "if root.signature and not self._is_the_hubs(root):",
        "if False:",
    ),
    Attack(
        "door-that-knows-no-hub",
        "tests/door/test_policy_watch.py"
        "::test_what_the_keeper_says_of_the_hubs_log_comes_after_the_trust_that_names_its_keys",
        "doorctl/door/policy/policy_watch.py",
        "        self._hear(trust)\n",
        "",
    ),
    Attack(
        "hub-hides-its-signature-in-a-crowd",
        "tests/keeper/test_hub_log.py"
        "::test_a_door_is_told_the_hubs_signature_whatever_else_stands_under_the_checkpoint",
        "doorctl/keeper/hub_log.py",
        "signed_by_one(data, key).decode()",
        "note",
    ),
    Attack(
        "hubs-signature-in-another-spelling",
        "tests/door/test_hub_watch.py::test_what_the_hub_has_not_signed_is_dropped_counted_and_told[loose bits]",
        "doorctl/audit/hub_word.py",
        "return is_strict and any(",
        "return any(",
    ),
)
