"""What upholds each law that holds in any order of events: without it the test of that law fails."""

from tests.mutations.attack import Attack

MACHINE_LAWS: tuple[Attack, ...] = (
    Attack(
        "door-states",
        "tests/core/test_laws_of_doors.py::test_a_door_keeps_its_laws_in_any_order[1000]",
        "doorctl/core/machines/door.py",
        "held_at=None if state.is_left_open else now + _may_stay_open(state),",
        "held_at=now + _may_stay_open(state),",
    ),
    Attack(
        "door-secured-again",
        "tests/core/test_laws_of_doors.py::test_a_door_keeps_its_laws_in_any_order[1000]",
        "doorctl/core/machines/door.py",
        "return _relock(state) if _is_due(state.relock_at, now) else (state, ())",
        "return state, ()",
    ),
    Attack(
        "fire",
        "tests/core/test_laws_of_doors.py::test_a_door_keeps_its_laws_in_any_order[1000]",
        "doorctl/core/machines/door.py",
        "FireStarted: (_start_fire, _start_fire, _repeat_release)",
        "FireStarted: (_start_fire, _do_nothing, _repeat_release)",
    ),
    Attack(
        "cabin",
        "tests/core/test_laws_of_elevators.py::test_a_cabin_keeps_its_laws_in_any_order[1000]",
        "doorctl/core/machines/elevator.py",
        "if enabled.until <= event.now}",
        "if enabled.until < event.now}",
    ),
    Attack(
        "airlock",
        ""
        "tests/door/test_laws_of_airlocks.py::test_never_both_doors_for_cards_orders_and_modes_and_always_both_for_a_fire[1000]",
        "doorctl/door/asking/questions.py",
        "alone or self._at.is_interlocked or overtaken",
        "alone or overtaken",
    ),
    Attack(
        "occupancy",
        "tests/door/test_laws_of_occupancy.py::test_who_is_inside_is_who_entered_and_has_not_left_in_any_order[1000]",
        "doorctl/door/presence/occupancy.py",
        "        for inner in self._within(place.zone):",
        "        for inner in ():",
    ),
    Attack(
        "waiting-card",
        "tests/door/test_laws_of_keypads.py::test_a_keypad_keeps_its_laws_in_any_order[1000]",
        "doorctl/door/asking/pin_pads.py",
        "lambda pad: pad.until <= now)",
        "lambda _: False)",
    ),
    Attack(
        "own-pin",
        "tests/door/test_laws_of_keypads.py::test_a_keypad_keeps_its_laws_in_any_order[1000]",
        "doorctl/door/asking/own_pins.py",
        "if secret is not None and may_be_right and own_pin_refused",
        "if secret is not None and own_pin_refused",
    ),
    Attack(
        "enrolment",
        "tests/door/test_laws_of_enrolments.py::test_a_reader_in_enrolment_keeps_its_laws_in_any_order[1000]",
        "doorctl/core/machines/enrolment.py",
        "if card == enrolment.card and at - enrolment.at <= AGAIN_SECONDS:",
        "if card == enrolment.card:",
    ),
    Attack(
        "company",
        "tests/door/test_laws_of_company.py::test_a_door_for_several_keeps_its_laws_in_any_order[1000]",
        "doorctl/core/rules/company.py",
        "if other.holder != own and other.way is way",
        "if other.way is way",
    ),
    Attack(
        "escorts",
        "tests/door/test_laws_of_escorts.py::test_escorts_keep_their_laws_in_any_order[1000]",
        "doorctl/door/asking/escorts.py",
        "return len(lately - {visitor}) >= asks.most",
        "return len(lately - {visitor}) > asks.most",
    ),
    Attack(
        "modes",
        "tests/door/test_laws_of_modes.py::test_a_door_is_left_unlocked_by_its_mode_alone_in_any_order[1000]",
        "doorctl/door/modes.py",
        "or at - before[1] > OFFICE_SECONDS:",
        ":",
    ),
    Attack(
        "whereabouts",
        ""
        "tests/hub/test_laws_of_whereabouts.py::test_the_hub_knows_who_is_inside_as_the_controller_does_in_any_order[1000]",
        "doorctl/hub/occupancy.py",
        " AND (at < :before OR at > :at)\n",
        "\n",
    ),
    Attack(
        "site-count",
        "tests/door/test_laws_of_site_count.py::"
        "test_where_somebody_is_by_the_site_is_where_they_went_last_in_any_order[1000]",
        "doorctl/door/presence/site_count.py",
        "own = self._left.get(holder, {}) | own",
        "own = self._left.get(holder, {})",
    ),
    Attack(
        "on-process-loss",
        "tests/system/test_on_process_loss.py::test_the_pins_of_a_killed_door_are_put_to_their_level",
        "doorctl/door/process.py",
        "write_rest(rest, layout_of(config.door, config.board, config.elevator))",
        "pass",
    ),
)
