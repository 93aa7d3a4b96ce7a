"""Attacks by what no record tells, or none in time: duress, blocks, uses of cards, refused guests, late orders."""

from tests.mutations.attack import Attack

LATE_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "duress-of-a-guest-whose-sponsor-nobody-learns-of",
        "tests/door/test_late_duress.py::test_duress_of_a_guest_that_is_recorded_later_leads_to_the_sponsor",
        "doorctl/door/asking/questions.py",
        "self._around.insist(asked.unrecorded(lets_in=lets_in).drafts(self._around.statements, of=None))",
        "self._around.insist([asked.unrecorded(lets_in=lets_in).draft(self._around.statements.now(), of=None)])",
    ),
    Attack(
        "duress-lost-with-the-process",
        "tests/door/test_late_duress.py::test_duress_that_the_disk_did_not_take_is_handed_over_once_more_at_the_end",
        "doorctl/door/presence/movement_records.py",
        "left = [*(self._under_way if self._failed else ()), *self._waiting]",
        "left = list(self._waiting) if not self._failed else []",
    ),
    Attack(
        "tries-up-to-the-block-of-which-nobody-hears",
        "tests/core/test_pin_suspicion.py"
        "::test_what_a_door_blocks_raises_an_alert_at_once_however_few_wrong_pins_the_zone_bears",
        "doorctl/core/suspicion/rules.py",
        "return about(rule, seen, key, _BLOCKS[rule], book) if blocks and found is None else found",
        "return found",
    ),
    Attack(
        "block-that-no-record-tells",
        "tests/door/test_pins.py::test_the_record_of_the_wrong_pin_that_blocks_says_what",
        "doorctl/door/asking/asked.py",
        "detail=put_together(self.use, self.blocks, self.counted),",
        "detail=put_together(self.use, self.counted),",
    ),
    Attack(
        "use-of-a-card-as-company-that-no-record-tells",
        "tests/door/test_uses.py::test_each_use_of_those_who_come_together_is_told_of_its_holder_and_forgiven_so",
        "doorctl/door/asking/asked.py",
        "behind = [*self.sponsor_drafts(now), *self.use_drafts(now)]",
        "behind = self.sponsor_drafts(now)",
    ),
    Attack(
        "hosts-tried-out-one-after-the-other",
        "tests/hub/test_sponsors.py::test_an_invitation_is_recorded_with_the_sponsor_also_one_that_is_refused",
        "doorctl/hub/command_records.py",
        "is_nobody = isinstance(do, VisitorIn) and verdict is not Verdict.ACCEPTED",
        "is_nobody = False",
    ),
    Attack(
        "server-room-entered-in-company-unheard",
        "tests/hub/alerts/test_came_along.py::test_all_who_come_together_use_a_server_room_for_the_first_time",
        "doorctl/hub/alerts/came_along.py",
        "return (whom, *(subject for subject, waits in latest.items() if waits and subject != whom))",
        "return ()",
    ),
    Attack(
        "floors-enabled-until-the-order-comes",
        "tests/door/test_orders.py"
        "::test_an_order_to_deny_that_its_policy_has_overtaken_ends_what_was_released_before",
        "doorctl/door/orders/deny_list.py",
        "return not _reaches(position, until) and _is_named(request, facts, {whom})",
        "return False",
    ),
    Attack(
        "order-to-deny-of-the-year-before",
        "tests/door/test_orders.py"
        "::test_an_old_order_to_deny_that_somebody_repeats_ends_nothing_that_a_later_policy_has_let_begin",
        "doorctl/door/orders/deny_list.py",
        "return not _reaches(position, until) and _is_named(request, facts, {whom})",
        "return _is_named(request, facts, {whom})",
    ),
)
