"""Attacks on doors by their modes."""

from tests.mutations.attack import Attack

_RULE = "tests/core/test_door_mode.py::"
_AT_DOORS = "tests/door/test_modes.py::"
_BEGUN = "tests/door/test_modes_begun.py::"
_KEPT = "tests/door/test_modes_kept.py::"
_AT_HUB = "tests/hub/test_door_modes.py::"
_SHUT = f"{_RULE}test_what_keeps_a_door_shut_lets_no_mode_unlock_it"
_TIME = f"{_RULE}test_whoever_cannot_tell_the_time_unlocks_nothing_by_it_and_locks_what_it_might_lock"
_TWO = f"{_AT_HUB}test_what_may_let_in_more_waits_for_a_second_admin"
_STRICT = f"{_AT_HUB}test_neither_does_a_zone_become_strict_nor_a_door_lead_into_one_that_may_stay_unlocked"
_CORE, _DOOR = "doorctl/core/rules/door_mode.py", "doorctl/door/modes.py"

MODE_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "card-at-a-locked-door",
        f"{_RULE}test_a_locked_door_denies_every_card_with_a_reason_of_its_own",
        "doorctl/core/decision.py",
        "    door_is_not_locked,\n",
        "",
    ),
    Attack("strict-door-left-unlocked", _SHUT, _CORE, "    if is_strict(request, facts):", "    if False:"),
    Attack(
        "unlocked-through-a-lockdown",
        _SHUT,
        _CORE,
        "zone_is_not_locked_down(request, facts) or policy_is_fresh(request, facts)",
        "policy_is_fresh(request, facts)",
    ),
    Attack(
        "unlocked-by-a-policy-that-is-too-old",
        _SHUT,
        _CORE,
        "zone_is_not_locked_down(request, facts) or policy_is_fresh(request, facts)",
        "zone_is_not_locked_down(request, facts)",
    ),
    Attack(
        "unlocked-by-a-clock-that-was-set", _TIME, _CORE, "if schedule is None or not counts:", "if schedule is None:"
    ),
    Attack(
        "locked-door-that-is-not-by-a-clock-that-was-set",
        _TIME,
        _CORE,
        "Mode.LOCKED if Mode.LOCKED in possible else Mode.CARD",
        "Mode.CARD",
    ),
    Attack(
        "modes-that-cannot-be-read",
        "tests/policy/test_door_mode_facts.py::test_modes_that_are_damaged_or_of_another_zone_lock_the_door",
        "doorctl/policy/door_modes.py",
        "        return NOT_UNDERSTOOD\n",
        "        return BY_CARD\n",
    ),
    Attack(
        "unlocked-before-its-record",
        f"{_AT_DOORS}test_a_door_is_unlocked_when_the_record_of_that_is_on_disk_and_not_before",
        _DOOR,
        "self._is_settled = wanted == self._kept",
        "self._is_settled, self._kept = True, wanted",
    ),
    Attack(
        "unlocked-while-nothing-is-recorded",
        f"{_AT_DOORS}test_while_the_disk_fails_nothing_is_unlocked_and_it_is_tried_again",
        _DOOR,
        "        if isinstance(verdict, Committed):\n            self._kept, self._of = wanted, verdict.numbers[0]",
        "        if verdict:\n            self._kept, self._of = wanted, 0",
    ),
    Attack(
        "office-of-the-suspended",
        f"{_BEGUN}test_an_order_that_denies_who_unlocked_a_door_ends_it_at_once",
        _DOOR,
        "if self._around.deny_list.denies(begun.request, facts):",
        "if not facts:",
    ),
    Attack(
        "office-of-who-may-enter-no-more",
        f"{_BEGUN}test_another_policy_that_takes_their_right_away_ends_it",
        _DOOR,
        "if not may or (",
        "if (",
    ),
    Attack(
        "office-of-who-keeps-it-no-more",
        f"{_BEGUN}test_who_leaves_the_office_group_leaves_no_office_unlocked",
        _DOOR,
        "(begun.now.mode is Mode.OFFICE and not facts.may_toggle)",
        "not facts",
    ),
    Attack(
        "office-unlocked-by-anybody",
        f"{_BEGUN}test_whoever_is_not_of_the_group_unlocks_no_office",
        _DOOR,
        "now.mode is Mode.OFFICE and facts.may_toggle and",
        "now.mode is Mode.OFFICE and",
    ),
    Attack(
        "office-unlocked-by-two-who-came-once",
        f"{_BEGUN}test_two_people_or_one_who_comes_too_late_unlock_no_office",
        _DOOR,
        "if before is None or before[0] != holder or at - before[1] > OFFICE_SECONDS:",
        "if before is None:",
    ),
    Attack(
        "office-of-the-expired",
        f"{_BEGUN}test_what_a_holder_unlocked_ends_with_what_they_may",
        _DOOR,
        "until = earliest((window, admitted_until(request, facts, lambda *_: None)))",
        "until = earliest((window,))",
    ),
    Attack(
        "window-of-yesterday",
        f"{_KEPT}test_another_window_is_not_the_one_that_was_unlocked",
        _DOOR,
        "return begun.until is None or self._around.clock().timestamp() < begun.until",
        "return True",
    ),
    Attack(
        "unlocked-again-by-who-was-not-asked-about",
        f"{_KEPT}test_it_waits_for_the_answer_whether_they_still_may",
        _DOOR,
        "self._kept.unlocked and self._is_confirmed",
        "self._kept.unlocked",
    ),
    Attack(
        "both-doors-of-an-airlock-unlocked",
        "tests/door/test_modes_airlock.py::test_of_two_doors_that_are_to_be_unlocked_one_is",
        _DOOR,
        "is_held_up = is_unlocked and self._at.is_interlocked",
        "is_held_up = False",
    ),
    Attack(
        "unlocked-door-moved-into-a-strict-zone",
        _STRICT,
        "doorctl/hub/verbs/places/places.py",
        "        check_stays_shut(asked.connection, do.door)",
        "        pass",
    ),
    Attack(
        "strict-zone-behind-an-unlocked-door",
        _STRICT,
        "doorctl/hub/verbs/places/zone_rules.py",
        "        check_doors_stay_shut(asked.connection, do.zone)\n",
        "",
    ),
    Attack(
        "door-unlocked-by-one-admin",
        _TWO,
        "doorctl/hub/two_admins/awaiting.py",
        '    "door-mode-set": _opens_more,\n',
        "",
    ),
    Attack(
        "door-commanded-open-by-one-admin",
        _TWO,
        "doorctl/hub/two_admins/awaiting.py",
        '    "door-override-set": _opens_more,\n',
        "",
    ),
    Attack(
        "friend-who-keeps-an-office",
        _TWO,
        "doorctl/hub/rights/reach.py",
        "UNION SELECT zone FROM door_modes WHERE office_group = :group\n",
        "",
    ),
    Attack(
        "door-locked-for-shorter-by-locking-it",
        f"{_AT_HUB}test_nobody_ends_sooner_by_a_command_to_lock_what_locks_a_door",
        "doorctl/hub/verbs/places/door_modes.py",
        "        _refuse_shorter(wanted, before, possible(modes_of(asked.connection, do.door)))",
        "        pass",
    ),
    Attack(
        "office-that-leads-to-an-erased-person",
        "tests/audit/test_state.py::test_what_an_erased_person_has_unlocked_goes_with_them",
        "doorctl/audit/state.py",
        '    _MODES: "holder = ?1",\n',
        "",
    ),
)
