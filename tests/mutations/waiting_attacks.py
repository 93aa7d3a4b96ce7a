"""Attacks by who waits at a door, for a PIN or for company, while something changes."""

from tests.mutations.attack import Attack

_COMPANY = "tests/door/test_company.py::"
_QUESTIONS = "doorctl/door/asking/questions.py"

WAITING_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "opened-for-who-has-gone-away",
        "tests/door/test_pin_oracles.py"
        "::test_a_card_that_waited_in_vain_opens_nothing_though_a_card_is_enough_by_now",
        _QUESTIONS,
        "self._at.take(replace(card.presented, gave_up=True))",
        "self._at.take(replace(card.presented, at=self._around.monotonic(), gave_up=True))",
    ),
    Attack(
        "company-lost-before-the-record",
        f"{_COMPANY}test_an_order_that_denies_the_first_while_the_second_is_recorded_opens_nothing",
        _QUESTIONS,
        "return alone or self",
        "return self",
    ),
    Attack(
        "company-from-before-another-policy",
        f"{_COMPANY}test_a_policy_that_comes_while_the_second_is_recorded_opens_nothing",
        _QUESTIONS,
        "presented.among(self.company.at(at, position),",
        "presented.among(presented.request.companions or self.company.at(at, position),",
    ),
    Attack(
        "company-used-again-while-nothing-is-recorded",
        f"{_COMPANY}test_whoever_came_with_a_first_where_no_record_could_be_written_used_up_that_company",
        _QUESTIONS,
        "            if asked.took_company:\n                self.company.forget()\n            self._at.step",
        "            self._at.step",
    ),
    Attack(
        "company-of-who-has-no-grant",
        "tests/core/test_company.py::test_who_waits_to_break_the_glass_is_no_company_of_who_does_not",
        "doorctl/core/rules/company.py",
        "other.way is way and (with_all or not other.breaks_glass)",
        "other.way is way",
    ),
)
