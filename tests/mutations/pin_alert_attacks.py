"""Attacks on who is called for wrong PINs and duress: hiding the one among others, and trying the other unseen."""

from tests.mutations.attack import Attack

_AT_HUB = "tests/hub/alerts/test_pin_alerts.py::"
_SENDING = "tests/hub/alerts/test_sending.py::"
_RULES = "doorctl/core/suspicion/rules.py"
_WORDS = "doorctl/core/suspicion/alerts.py"
_CALLED = f"{_AT_HUB}test_wrong_pins_call_somebody_whatever_else_denied_them"

PIN_ALERT_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "duress-that-calls-nobody",
        f"{_AT_HUB}test_duress_is_said_sent_kept_and_recorded_at_once",
        _RULES,
        "    RuleName.DURESS: duress,\n",
        "",
    ),
    Attack(
        "duress-in-the-quiet-of-another",
        f"{_AT_HUB}test_duress_is_never_quiet",
        _WORDS,
        "Settings(severity=Severity.CRITICAL, quiet_seconds=0.0)",
        "Settings(severity=Severity.CRITICAL)",
    ),
    Attack(
        "duress-hidden-among-critical-alerts",
        f"{_AT_HUB}test_no_number_of_other_critical_alerts_hides_duress",
        "doorctl/hub/alerts/store.py",
        "AND (rule = ?) = ?\n",
        "AND (rule = ?) + ? >= 0\n",
    ),
    Attack(
        "duress-without-end",
        f"{_AT_HUB}test_duress_without_end_is_bounded_says_so_once_and_hides_no_forced_door",
        "doorctl/hub/alerts/store.py",
        "    return RuleName.DURESS if rule is RuleName.DURESS else RuleName.FLOOD\n",
        "    return RuleName.FLOOD\n",
    ),
    Attack(
        "duress-behind-a-thousand-letters",
        f"{_SENDING}test_critical_alerts_go_out_first_then_the_oldest",
        "doorctl/hub/alerts/outbox.py",
        "ORDER BY coalesce(a.severity, '') = 'critical' DESC, o.position LIMIT 1",
        "ORDER BY o.position LIMIT 1",
    ),
    Attack(
        "duress-pushed-out-of-the-queue",
        f"{_SENDING}test_a_critical_alert_is_given_up_last",
        "doorctl/hub/alerts/outbox.py",
        "ORDER BY coalesce(a.severity, '') = 'critical' DESC, o.position DESC",
        "ORDER BY o.position DESC",
    ),
    Attack(
        "wrong-pins-of-many-cards-at-one-reader",
        f"{_CALLED}[wrong-pins-at-reader-]",
        _RULES,
        "        yield replace(mark, trace=Trace.WRONG_PIN_AT, key=_reader_key(seen))\n",
        "        yield replace(mark, trace=Trace.WRONG_PIN_AT)\n",
    ),
    Attack(
        "wrong-pins-of-one-card-at-many-readers",
        f"{_CALLED}[wrong-pins-holder:h1]",
        _RULES,
        "        yield replace(mark, trace=Trace.WRONG_PIN)\n",
        "        yield replace(mark, trace=Trace.WRONG_PIN, key=_reader_key(seen))\n",
    ),
    Attack(
        "wrong-pins-with-a-lost-card",
        f"{_CALLED}[wrong-pins-holder:h1]",
        _WORDS,
        "_PIN_REASONS.isdisjoint({self.reason, *self.reasons})",
        "_PIN_REASONS.isdisjoint({self.reason})",
    ),
    Attack(
        "pins-tried-on-while-blocked",
        f"{_CALLED}[wrong-pins-holder:h1]",
        _WORDS,
        "frozenset({Reason.WRONG_PIN, Reason.PIN_BLOCKED})",
        "frozenset({Reason.WRONG_PIN})",
    ),
    Attack(
        "glass-broken-again-by-the-same-first",
        "tests/door/test_emergencies.py::test_a_second_under_duress_opens_once_too_and_the_record_names_the_first",
        "doorctl/door/asking/asked.py",
        "return self.decision.is_granted and takes_company(self.presented.request, self.facts)",
        "return self.decision.reason == 'break_glass'",
    ),
    Attack(
        "pin-told-by-the-light",
        "tests/door/test_feedback.py"
        "::test_a_pin_alone_looks_wrong_whether_it_is_nobodys_or_of_somebody_who_may_not_pass_or_blocked",
        "doorctl/core/machines/denial_shown.py",
        "SignalName.WRONG_PIN if pin_alone else SignalName.DENIED",
        "SignalName.DENIED",
    ),
    Attack(
        "keys-told-apart-by-ear",
        "tests/door/test_feedback.py::test_each_key_sounds_once_and_only_at_the_reader_that_was_touched",
        "doorctl/door/reader_events.py",
        "self._sound_key(event.reader)",
        "event.key.isdigit() and self._sound_key(event.reader)",
    ),
)
