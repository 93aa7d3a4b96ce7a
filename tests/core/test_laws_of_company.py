"""Laws of those who come together: more never take access away, each counts once and for what they are."""

from dataclasses import replace
from random import Random

from doorctl.core.reasons import Reason
from doorctl.core.request import Companion
from doorctl.core.rules.emergencies import breaks_glass
from tests.core.law_cases import SO_MANY, Case, cases, entries
from tests.core.law_values import any_company


def in_company(chance: Random, case: Case) -> Case:
    """Ask with any company where so many are asked for, one of a group or not; visitors come in behind others."""
    asked = case.in_zone(persons=chance.choice((1, 2, 2, 3)), persons_group=chance.choice((None, "guards")))
    return asked.known(visitor=None, leads=chance.random() < 0.5).asked(companions=any_company(chance))


@SO_MANY
def test_more_company_never_takes_access_away_and_its_order_does_not_matter(number: int, chance: Random) -> None:
    for any_case in entries(chance, number):
        case = in_company(chance, any_case)
        company = case.request.companions
        more = case.asked(companions=(*company, *any_company(chance)))
        mixed = case.asked(companions=tuple(chance.sample(company, len(company))))

        assert more.is_granted or not case.is_granted or more.denials == (Reason.ZONE_FULL,), case
        assert mixed.decision == case.decision, case


@SO_MANY
def test_who_presents_two_cards_is_no_company(number: int, chance: Random) -> None:
    for any_case in cases(chance, number):
        case = in_company(chance, any_case)
        once = case.asked(companions=case.request.companions[:1])
        twice = case.asked(companions=case.request.companions[:1] * 2)
        oneself = Companion("nobody" if case.facts.holder is None else case.facts.holder.id, True, True)
        with_oneself = twice.asked(companions=(*twice.request.companions, oneself))

        assert twice.decision == with_oneself.decision == once.decision, case


@SO_MANY
def test_either_may_be_the_one_of_the_group(number: int, chance: Random) -> None:
    for any_case in entries(chance, number):
        case = in_company(chance, any_case).in_zone(persons=2, persons_group="guards")
        grace = Companion("grace", breaks_glass(case.facts))
        led_by_ada = case.known(leads=True).asked(companions=(grace,))
        led_by_grace = case.known(leads=False).asked(companions=(replace(grace, leads=True),))
        led_by_none = led_by_ada.known(leads=False)

        assert led_by_ada.is_granted is led_by_grace.is_granted or case.facts.holder is None, case
        assert not led_by_none.is_granted, case


@SO_MANY
def test_nobody_breaks_the_glass_with_who_does_not(number: int, chance: Random) -> None:
    for any_case in entries(chance, number):
        stale = in_company(chance, any_case).in_zone(max_age_seconds=60).known(policy_age_seconds=None)
        company = tuple(replace(each, breaks_glass=False) for each in stale.request.companions)

        assert not stale.asked(companions=company).is_granted or stale.facts.zone is None, any_case
