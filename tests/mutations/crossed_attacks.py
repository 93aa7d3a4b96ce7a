"""What two rules leave open where they meet: each attack passes between them."""

from tests.mutations.attack import Attack

_BEGUN = "tests/door/test_modes_begun.py::"
_GUESTS = "tests/door/test_modes_guests.py::"

CROSSED_ATTACKS = (
    Attack(
        "held-open-into-a-strict-zone",
        "tests/door/test_orders.py::test_what_an_admin_holds_open_ends_with_a_policy_that_makes_the_door_strict",
        "doorctl/door/doorway.py",
        "        self._end_hold_of_who_may_not()\n        self.modes.take_policy()\n",
        "        self.modes.take_policy()\n",
    ),
    Attack(
        "ride-behind-somebody-else",
        "tests/door/test_elevator_counts.py::test_all_who_ride_to_a_floor_are_inside_whoever_chose_it",
        "doorctl/core/machines/elevator.py",
        "before=before.get(floor, ())",
        "before=()",
    ),
    Attack(
        "office-that-passback-keeps-unlocked",
        f"{_BEGUN}test_a_keeper_who_counts_as_inside_locks_the_office_and_is_not_let_in",
        "doorctl/door/asking/questions.py",
        "            self._at.modes.deny(asked)\n",
        "            pass\n",
    ),
    Attack(
        "stranger-who-locks-an-office",
        f"{_BEGUN}test_nobody_else_who_is_denied_locks_an_office",
        "doorctl/door/modes.py",
        "is_unlocked and asked.facts.may_toggle and bool(denied)",
        "is_unlocked and bool(denied)",
    ),
    Attack(
        "broken-glass-that-opens-for-all",
        f"{_BEGUN}test_who_breaks_the_glass_unlocks_the_door_for_nobody_else[first person in]",
        "doorctl/door/modes.py",
        "        if breaks_glass(facts):\n            return\n",
        "",
    ),
    Attack(
        "guest-who-unlocks-for-a-denied-sponsor",
        f"{_GUESTS}test_an_order_that_denies_the_sponsor_ends_what_a_guest_has_unlocked_at_once",
        "doorctl/door/modes.py",
        ", visitor=begun.visitor)",
        ")",
    ),
    Attack(
        "guest-of-before-a-restart",
        f"{_GUESTS}test_after_a_restart_an_order_that_denies_the_sponsor_ends_it_by_what_the_policy_knows",
        "doorctl/door/doorway.py",
        "        self.modes.judge_anew()\n",
        "        self.modes.look()\n",
    ),
    Attack(
        "visitor-as-the-second-of-two",
        "tests/core/test_company.py::test_an_escorted_visitor_is_nobodys_company",
        "doorctl/core/rules/company.py",
        "if zone is None or escort_of(request, facts) is not None:\n        return False",
        "if zone is None:\n        return False",
    ),
    Attack(
        "duress-while-the-disk-fails",
        "tests/door/test_pins.py::test_duress_is_an_alarm_where_no_record_can_be_written",
        "doorctl/door/asking/questions.py",
        '                journal.say("duress", journal.Level.ALARM, door=self._at.door)\n',
        "                pass\n",
    ),
    Attack(
        "duress-forgotten-with-its-record",
        "tests/door/test_pins.py::test_duress_is_recorded_as_soon_as_the_disk_takes_records_again",
        "doorctl/door/asking/questions.py",
        "self._around.insist(asked.unrecorded(lets_in=lets_in).drafts(self._around.statements, of=None))",
        "pass",
    ),
    Attack(
        "company-of-somebody-else-denied-by-order",
        "tests/door/test_company.py::test_an_order_that_denies_one_of_those_who_were_let_in_ends_it",
        "doorctl/door/asking/questions.py",
        "self._let_in = ((asked, *self.company.waiting(asked)), number)",
        "self._let_in = ((asked,), number)",
    ),
    Attack(
        "own-pin-after-an-erasure",
        "tests/hub/test_own_pins.py::test_of_an_erased_person_none_is_kept_however_late_it_comes",
        "doorctl/hub/own_pins/arrivals.py",
        "\nAND NOT EXISTS (SELECT 1 FROM erasures WHERE holder = :holder)",
        "",
    ),
)
