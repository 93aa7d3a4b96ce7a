"""Attacks on elevators: floors that nobody granted, or for longer, or without a record."""

from tests.mutations.attack import Attack

_AT_WORK = "tests/door/test_elevator.py::"
_ORDERED = "tests/door/test_elevator_orders.py::"
_PINS = "tests/door/test_elevator_pins.py::"
_USES = "tests/door/test_elevator_uses.py::"
_RULES = "tests/core/test_elevator.py::"
_CORE = "doorctl/core/machines/elevator.py"
_ASKED = "doorctl/door/asking/cabin_asked.py"
_ELEVATOR = "doorctl/door/elevator.py"
_QUESTIONS = "doorctl/door/asking/cabin_questions.py"

ELEVATOR_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "floor-of-somebody-else",
        f"{_AT_WORK}test_one_swipe_asks_for_each_floor_at_once_and_enables_those_that_it_admits_to",
        _ASKED,
        "for floor, asked in self.floors.items() if asked.decision.is_granted",
        "for floor, asked in self.floors.items()",
    ),
    Attack(
        "floor-taken-away-before-the-record",
        f"{_AT_WORK}test_another_policy_before_the_commit_is_asked_again_floor_by_floor",
        _QUESTIONS,
        "if any(self._floors[floor].is_overtaken(it) for floor, it in granted.items()):",
        "if False:",
    ),
    Attack(
        "floors-of-a-late-record",
        f"{_AT_WORK}test_a_card_whose_record_is_late_enables_nothing",
        _QUESTIONS,
        "withheld = {**dict.fromkeys(granted, Reason.LATE), **withheld}",
        "pass",
    ),
    Attack(
        "floors-on-a-full-disk",
        f"{_RULES}test_without_a_record_floors_are_enabled_whose_zones_say_so_and_that_still_count",
        _CORE,
        "if floor in pending.unrecorded and floor not in event.withheld",
        "if floor not in event.withheld",
    ),
    Attack(
        "floor-enabled-through-a-lockdown",
        f"{_ORDERED}test_a_lockdown_of_one_floor_disables_it_at_once_and_leaves_the_others",
        _ELEVATOR,
        "if doorway.is_locked_down:",
        "if False:",
    ),
    Attack(
        "floors-of-the-suspended",
        f"{_ORDERED}test_whom_an_order_denies_loses_every_floor_that_their_card_enabled",
        _QUESTIONS,
        "if any(map(self._is_denied, (asked.told, *asked.company))):",
        "if False:",
    ),
    Attack(
        "second-floor-by-one-swipe",
        f"{_AT_WORK}test_a_choice_is_recorded_at_its_floor_and_disables_the_others",
        _CORE,
        "it.of in chosen.decisions and floor != event.floor",
        "False",
    ),
    Attack(
        "floor-without-its-roster",
        f"{_AT_WORK}test_a_strict_floor_opens_into_the_zone_that_its_configuration_names_and_by_a_roster_alone",
        _ELEVATOR,
        "strict_zone=floor.strict_zone",
        "strict_zone=None",
    ),
    Attack(
        "pins-tried-at-a-floor-that-another-has-blocked",
        f"{_PINS}test_wrong_pins_count_also_where_another_floor_has_blocked_the_card_already",
        _ASKED,
        "return next(failed, self.told)",
        "return self.told",
    ),
    Attack(
        "floors-enabled-again-by-a-pin-that-never-comes",
        f"{_PINS}test_a_pin_that_never_comes_enables_no_floor_once_more",
        _QUESTIONS,
        "if not card.decision.is_granted:",
        "if True:",
    ),
    Attack(
        "silent-duress-in-a-cabin",
        "tests/core/test_floor_answers.py::test_the_answer_that_stands_for_all[duress-elsewhere]",
        "doorctl/core/machines/floor_answers.py",
        "return replace(told, reasons=(*told.reasons, Reason.DURESS))",
        "return told",
    ),
    Attack(
        "card-used-up-in-a-cabin",
        f"{_USES}test_one_swipe_is_one_use_to_however_many_floors",
        _QUESTIONS,
        "uses = self._around.uses.take(asked.told, together)",
        "uses = ()",
    ),
    Attack(
        "one-place-on-a-floor-for-two",
        "tests/door/test_elevator_counts.py::test_while_somebody_may_still_choose_a_floor_their_place_is_taken",
        _QUESTIONS,
        "floor: replace(it, place=reserve(it.presented.request, it.facts, it.decision, companions=it.companions))",
        "floor: it",
    ),
    Attack(
        "firefighters-kept-from-a-floor",
        f"{_RULES}test_while_it_burns_nothing_disables_a_floor",
        _CORE,
        "if ended and not state.all_enabled else ()",
        "if ended else ()",
    ),
    Attack(
        "door-that-is-a-floor-too",
        "tests/door/test_elevator_config.py::test_a_mistake_is_told_by_its_key[floor-is-a-door]",
        "doorctl/door/config/elevator_mistakes.py",
        "if times > 1 and _is_of_elevator(name, elevators):",
        "if False:",
    ),
)
