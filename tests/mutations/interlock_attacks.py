"""Attacks on doors of which one stays locked because of another."""

from tests.mutations.attack import Attack

_AT_DOORS = "tests/door/test_interlock.py::"
_DOORWAY = "doorctl/door/doorway.py"
_QUESTIONS = "doorctl/door/asking/questions.py"
_RULE = "doorctl/core/rules/interlock.py"

INTERLOCK_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "second-door-of-an-airlock",
        f"{_AT_DOORS}test_a_door_stays_locked_until_the_other_is_closed",
        _QUESTIONS,
        "interlocked=self._at.is_interlocked,",
        "interlocked=False,",
    ),
    Attack(
        "both-doors-of-an-airlock-at-once",
        f"{_AT_DOORS}test_of_two_who_ask_at_once_one_is_let_in",
        _QUESTIONS,
        "return alone or self._at.is_interlocked or overtaken",
        "return alone or overtaken",
    ),
    Attack(
        "both-doors-of-an-airlock-on-a-full-disk",
        f"{_AT_DOORS}test_who_is_let_in_without_a_record_is_let_in_through_one_door_only",
        _QUESTIONS,
        "late = self._is_late(asked) or self.is_overtaken(asked)",
        "late = self._is_late(asked)",
    ),
    Attack(
        "second-door-of-an-airlock-by-order",
        f"{_AT_DOORS}test_an_order_is_refused_while_the_other_door_is_unlocked[deed1]",
        "doorctl/core/rules/order_rules.py",
        "lambda order: order.interlocked",
        "lambda order: False",
    ),
    Attack(
        "airlock-after-a-restart",
        f"{_AT_DOORS}test_after_a_start_no_door_opens_before_the_other_was_seen_closed",
        _RULE,
        "door.contact is not Contact.CLOSED",
        "door.contact is Contact.OPEN",
    ),
    Attack(
        "airlock-behind-a-slow-decision",
        f"{_AT_DOORS}test_an_opening_that_waits_for_a_slow_decision_keeps_the_other_door_locked",
        _DOORWAY,
        "return replace(self._state, contact=Contact.OPEN) if opens else self._state",
        "return self._state",
    ),
    Attack(
        "airlock-before-its-contact-tells",
        "tests/core/test_interlock.py::test_a_door_keeps_another_locked[grace]",
        _RULE,
        "door.strike is not Strike.SECURED or door.passage is not None",
        "door.strike is not Strike.SECURED",
    ),
    Attack(
        "reader-blocked-by-an-open-door",
        "tests/core/test_interlock.py::test_no_pin_without_a_card_is_looked_at_while_another_door_is_open[wrong]",
        "doorctl/core/rules/factors.py",
        "if request.pins is None or pin_alone_waits_for_other_doors(request, facts) is not None:",
        "if request.pins is None:",
    ),
    Attack(
        "airlock-of-one-side",
        "tests/door/test_interlock_config.py::test_a_mistake_is_told_by_the_door_it_is_at[one-sided]",
        "doorctl/door/config/mistakes.py",
        'if id_ not in _texts(doors[other].get("interlock")):',
        "if False:",
    ),
    Attack(
        "any-pin-while-the-other-door-is-open",
        "tests/core/test_interlock.py::test_a_wrong_pin_lets_nobody_out_while_another_door_is_open",
        _RULE,
        "if facts.interlocked and request.pin_alone and may_deny(request) else None",
        "if facts.interlocked and request.pin_alone else None",
    ),
)
