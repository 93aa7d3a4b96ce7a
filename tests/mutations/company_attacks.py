"""Attacks on doors that several must enter together."""

from tests.mutations.attack import Attack

_RULE = "tests/core/test_company.py::test_so_many_different_persons_open_together"
_AT_DOORS = "tests/door/test_company.py::"

COMPANY_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "one-person-with-two-cards",
        f"{_AT_DOORS}test_one_with_two_cards_is_one_person",
        "doorctl/core/rules/company.py",
        "if len({other.holder for other in company}) + 1 < zone.persons:",
        "if len(request.companions) + 1 < zone.persons:",
    ),
    Attack(
        "company-of-the-denied",
        f"{_AT_DOORS}test_whoever_is_denied_for_anything_else_is_no_company",
        "doorctl/core/rules/company.py",
        "if not (lacks_company_alone(decision) and",
        "if not (not decision.is_granted and",
    ),
    Attack(
        "company-of-the-suspended",
        f"{_AT_DOORS}test_an_order_that_denies_the_first_ends_the_wait",
        "doorctl/door/asking/questions.py",
        "self.company.forget(self.is_denied)",
        "pass",
    ),
    Attack(
        "company-that-has-gone-away",
        f"{_AT_DOORS}test_who_comes_too_late_begins_anew",
        "doorctl/door/asking/company.py",
        "return self.is_here(now) and self.asked.position == position",
        "return self.asked.position == position",
    ),
    Attack(
        "two-without-the-one-who-must-be-there",
        f"{_RULE}[known6-company6-leader_awaited]",
        "doorctl/core/rules/company.py",
        "return None if leads else Reason.LEADER_AWAITED",
        "return None",
    ),
    Attack(
        "member-added-to-those-who-must-be-there",
        "tests/hub/test_zone_factors.py::"
        "test_what_may_ask_for_fewer_or_for_others_waits_for_a_second_admin[do7-True]",
        "doorctl/hub/rights/reach.py",
        "UNION SELECT zone FROM zone_factors WHERE persons_group = :group\n",
        "",
    ),
    Attack(
        "company-that-has-gone-in-elsewhere",
        f"{_AT_DOORS}test_who_has_asked_at_another_door_is_no_company_at_the_first[lobby-door]",
        "doorctl/door/asking/questions.py",
        "        self._around.companies.leave(asked, to=(self.company,))\n",
        "",
    ),
    Attack(
        "company-that-has-left-the-cabin",
        "tests/door/test_elevator_others.py::test_who_has_left_the_cabin_is_nobody_s_company_there[by the button]",
        "doorctl/door/asking/cabin_questions.py",
        "                self._around.companies.leave(each)\n",
        "                pass\n",
    ),
)
