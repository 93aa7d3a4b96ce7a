"""Attacks on PINs: guessing them, learning them at the door, and getting by without one."""

from tests.mutations.attack import Attack

_FACTORS = "tests/core/test_factors.py::"
_AT_DOORS = "tests/door/test_pins.py::"
_AT_HUB = "tests/hub/test_pins.py::"
_ZONES = "tests/hub/test_zone_factors.py::"

PIN_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "stolen-card-without-its-pin",
        f"{_FACTORS}test_a_zone_lets_in_who_brings_what_it_asks_for[card-and-pin-pin_awaited-granted-card_awaited]",
        "doorctl/core/rules/factors.py",
        "return request.pins is None and (request.pin_alone or factor_asked(request, facts) not in BY_CARD_ALONE)",
        "return False",
    ),
    Attack(
        "stolen-card-with-any-pin",
        f"{_FACTORS}test_a_wrong_pin_denies_whatever_was_asked_for[card-and-pin]",
        "doorctl/core/rules/factors.py",
        "return None if is_right or is_duress else Reason.WRONG_PIN",
        "return None",
    ),
    Attack(
        "pins-tried-one-after-the-other",
        f"{_AT_DOORS}test_so_many_wrong_pins_block_the_card_at_every_reader_and_then_the_right_one_is_not_looked_at",
        "doorctl/core/rules/wrong_pins.py",
        "wrong.level > zone.pin_tries - 1",
        "wrong.level > 1000",
    ),
    Attack(
        "pins-tried-with-many-cards",
        f"{_AT_DOORS}test_wrong_pins_of_many_cards_block_the_reader_alone",
        "doorctl/core/rules/factors.py",
        "at_reader = facts.reader_blocked and (request.pins is not None or _lacks_pin(request, facts))",
        "at_reader = False",
    ),
    Attack(
        "own-pin-entered-between",
        f"{_AT_DOORS}test_the_right_pin_makes_a_card_begin_anew_and_not_its_reader",
        "doorctl/door/asking/wrong_pins.py",
        "forgotten = self._wrong.pop(card)",
        "forgotten = self._wrong.pop(card); self._wrong.clear()",
    ),
    Attack(
        "right-pin-told-while-blocked",
        f"{_FACTORS}test_a_blocked_card_denies_and_its_pin_is_not_tried",
        "doorctl/core/rules/factors.py",
        "return pin_may_be_tried(request, facts) is None and pin_alone_is_enough(request, facts) is None",
        "return pin_alone_is_enough(request, facts) is None",
    ),
    Attack(
        "block-ended-by-a-power-cut",
        "tests/door/test_pins_process.py::test_card_and_pin_open_wrong_pins_block_and_a_power_cut_does_not_end_that",
        "doorctl/door/wiring.py",
        "wrong_pins=WrongPinBook(base.memory.wrong_pins, at=base.clock.now()),",
        "wrong_pins=WrongPinBook({}, at=base.clock.now()),",
    ),
    Attack(
        "wrong-pins-hidden-in-a-flood",
        f"{_AT_DOORS}test_each_wrong_pin_is_recorded_however_fast_and_is_remembered_with_its_record",
        "doorctl/door/asking/questions.py",
        "if asked.remembered or asked.is_under_duress:",
        "if asked.is_under_duress:",
    ),
    Attack(
        "pins-tried-where-none-is-asked-for",
        f"{_FACTORS}test_a_pin_alone_is_looked_at_only_where_it_is_taken",
        "doorctl/core/rules/factors.py",
        "return None if takes_it else Reason.CARD_AWAITED",
        "return None",
    ),
    Attack(
        "clock-set-to-office-hours",
        f"{_FACTORS}test_a_zone_asks_by_the_clock_and_for_both_where_it_cannot_tell[schedules3-False-card-and-pin]",
        "doorctl/core/rules/factors.py",
        "if not clock_counts(request, facts):",
        "if False:",
    ),
    Attack(
        "suspended-with-a-pin-alone",
        f"{_AT_DOORS}test_an_order_denies_a_holder_who_brings_a_pin_alone",
        "doorctl/core/request.py",
        "return None if self.holder is None else self.holder.id",
        "return None",
    ),
    Attack(
        "suspended-while-the-pin-is-keyed-in",
        f"{_AT_DOORS}test_an_order_that_denies_the_holder_ends_the_wait",
        "doorctl/door/asking/questions.py",
        "self._give_up(self.pins.denied(self.is_denied))",
        "pass",
    ),
    Attack(
        "duress-seen-at-the-door",
        f"{_AT_DOORS}test_duress_looks_the_same_at_the_door",
        "doorctl/core/rules/factors.py",
        "return is_duress and not is_right",
        "return False",
    ),
    Attack(
        "pin-that-everybody-tries-first",
        f"{_AT_HUB}test_what_is_no_pin_or_guessed_first_is_refused_by_name[0000--weak-pin]",
        "doorctl/hub/verbs/people/pins.py",
        "if is_guessed_first(each):",
        "if False:",
    ),
    Attack(
        "pins-alone-that-are-hit-by-chance",
        f"{_AT_HUB}test_of_four_digits_ten_count_alone_and_no_more",
        "doorctl/hub/verbs/people/pins.py",
        "if (count + more) * CODES_FOR_EACH > 10 ** len(pin):",
        "if False:",
    ),
    Attack(
        "another-persons-pin-taken",
        f"{_AT_HUB}test_a_pin_that_counts_alone_is_nobody_elses[471100-]",
        "doorctl/hub/verbs/people/pins.py",
        "    _check_nobody_elses(row, asked)\n",
        "",
    ),
    Attack(
        "factor-weakened-by-one-admin",
        f"{_ZONES}test_what_may_ask_for_less_waits_for_a_second_admin[do0-True]",
        "doorctl/hub/two_admins/awaiting.py",
        '    "zone-factor-set": _asks_for_less,\n',
        "",
    ),
    Attack(
        "factor-weakened-by-a-schedule",
        f"{_ZONES}test_what_may_ask_for_less_waits_for_a_second_admin[do5-True]",
        "doorctl/hub/rights/calendar_reach.py",
        "return admitting | _zones_by_the_clock(connection, {do.schedule})",
        "return admitting",
    ),
    Attack(
        "factor-that-cannot-be-read",
        "tests/policy/test_pin_facts.py::test_a_zone_whose_factor_cannot_be_read_is_opened_by_nothing"
        "[factor = 'nothing']",
        "doorctl/policy/building.py",
        "asks = msgspec.convert(fields |",
        'asks = msgspec.convert(fields | {"factor": "card"} |',
    ),
    Attack(
        "pin-of-an-erased-person",
        f"{_AT_HUB}test_an_erased_persons_pin_stands_in_no_kept_change",
        "doorctl/hub/erasure/forgetting.py",
        "if row.__struct_config__.tag in BY_ID_ALONE:",
        'if row.__struct_config__.tag in {*BY_ID_ALONE, "pin"}:',
    ),
    Attack(
        "card-of-an-erased-person-among-wrong-pins",
        "tests/audit/test_state.py::test_wrong_pins_go_with_an_erased_person",
        "doorctl/audit/state.py",
        '    _WRONG_PINS: "?1 = ?1",\n',
        "",
    ),
)
