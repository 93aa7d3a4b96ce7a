"""The benchmark of decisions, with few credentials: its door asks for everything, and it tells what it must."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks import decide
from benchmarks.asked_door import AskedDoor, before
from benchmarks.many_credentials import holder
from benchmarks.ruled_site import AT, HOUSE, VAULT, People, write_site
from doorctl.core.classes import CardClass
from doorctl.core.decision import RULES, Rule
from doorctl.core.model import CardUsed, Status
from doorctl.core.request import AccessRequest, Facts
from doorctl.door.asking.asked import Asked
from tests.benchmarks.contract import cases_of

Otherwise = Callable[[AccessRequest, Facts], tuple[AccessRequest, Facts]]
"""Lets a request, or what is known of it, be otherwise; what door and zone ask for stays."""


def known(**changes: object) -> Otherwise:
    return lambda request, facts: (request, replace(facts, **changes))  # type: ignore[arg-type]


def asking(**changes: object) -> Otherwise:
    return lambda request, facts: (replace(request, **changes), facts)  # type: ignore[arg-type]


def of(field: str, **changes: object) -> Otherwise:
    return lambda request, facts: (request, replace(facts, **{field: replace(getattr(facts, field), **changes)}))


def both(one: Otherwise, other: Otherwise) -> Otherwise:
    return lambda request, facts: other(*one(request, facts))


DENIED_IF: Mapping[str, Otherwise] = {
    "policy_is_known": known(policy_known=False),
    "door_is_known": known(door=None),
    "zone_is_known": known(zone=None),
    "door_leads_into_its_strict_zone": asking(strict_zone=HOUSE),
    "zone_is_not_locked_down": known(locked_down=True),
    "zone_is_understood": known(needs_upgrade=True),
    "door_is_not_locked": asking(at=AT.replace(hour=23)),
    "history_is_not_forked": known(policy_forked=True),
    "disk_has_room": known(disk_almost_full=True),
    "reader_is_accepted": asking(reader_class=None),
    "pin_alone_waits_for_other_doors": both(asking(pin_alone=True), known(interlocked=True)),
    "policy_is_fresh": known(policy_age_seconds=901.0),
    "no_order_denies": known(denied_by_order=True),
    "card_is_known": known(credential=None),
    "credential_is_active": of("credential", status=Status.LOST),
    "credential_is_valid": of("credential", valid_until=AT),
    "uses_are_left": of("used", count=1000),
    "first_use_is_recent": known(used=CardUsed(1, AT - timedelta(days=31))),
    "card_is_accepted": known(card_class=CardClass.MIFARE_CLASSIC),
    "holder_is_known": known(holder=None),
    "holder_is_active": of("holder", status=Status.SUSPENDED),
    "holder_is_valid": of("holder", valid_until=AT),
    "pin_alone_is_enough": asking(pin_alone=True),
    "pin_may_be_tried": known(credential_blocked=True),
    "pin_is_right": asking(pins=(bytes(32),)),
    "a_grant_admits": known(grants=()),
    "sponsor_may_enter": of("visitor", sponsored_by=None),
    "a_roster_is_in_force": known(roster=None),
    "roster_admits": known(roster=()),
    "clearance_suffices": known(clearance=1),
    "training_is_recent": known(trained={"fire": AT.date()}),
    "clock_is_trusted": known(clock_trusted=False),
    "nobody_passes_back": of("inside", zones={VAULT: AT}),
    "zone_has_room": of("inside", others={HOUSE: 10_000, VAULT: 20}),
    "other_doors_are_locked": known(interlocked=True),
    "a_visitor_is_escorted": asking(escorts=()),
    "pin_is_presented": asking(pins=None),
    "enough_come_together": asking(companions=()),
    "enough_stay": both(asking(companions=()), of("inside", staying=0)),
    "two_break_the_glass": known(may_break_glass=True, policy_age_seconds=901.0),
}
"""By rule: what would have to be otherwise for it to deny somebody whom the benchmark lets in."""
OF_A_GUEST = {"sponsor_may_enter", "a_visitor_is_escorted"}


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AskedDoor, People]]:
    site = write_site(tmp_path_factory.mktemp("site"), 1000)
    with closing(AskedDoor(site, site.ruled, VAULT)) as door:
        yield door, site.people


def asked_by(vault: tuple[AskedDoor, People], number: int) -> Asked:
    door, people = vault
    door.anew()
    for other in before(people, number):
        door.let_in(other)
    return door.asked(number)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_looks_at_something_and_lets_pass(vault: tuple[AskedDoor, People], rule: Rule) -> None:
    people = vault[1]
    asked = asked_by(vault, people.guests[0] if rule.__name__ in OF_A_GUEST else people.staff[0])
    otherwise = DENIED_IF[rule.__name__](asked.presented.request, asked.facts)

    assert asked.decision.is_granted
    assert rule(*otherwise) is not None


def test_what_the_policy_is_asked_does_not_grow_with_the_rules_nor_with_who_came_before(
    vault: tuple[AskedDoor, People],
) -> None:
    door, people = vault
    staff, guest = (asked_by(vault, those[0]).presented.request for those in (people.staff, people.guests))

    behind_many = replace(guest, escorts=tuple(f"escort-{number}" for number in range(64)))
    counts = [door.statements_for(request) for request in (staff, guest, behind_many, behind_many)]

    about_anybody = ["BEGIN", "data_version", "whose card", "ROLLBACK"]
    assert counts == [len(it) for it in (about_anybody, about_anybody, [*about_anybody, "escorts"], about_anybody)]


def test_places_are_reserved_and_uses_and_visitors_remembered(vault: tuple[AskedDoor, People]) -> None:
    door, people = vault
    guest = holder(people.guests[0])

    before_it = asked_by(vault, people.guests[0]).facts
    door.let_in(people.guests[0])
    after_it = door.asked(people.staff[0]).facts

    assert before_it.inside is not None
    assert after_it.inside is not None
    assert after_it.inside.others[VAULT] == before_it.inside.others[VAULT] + 1
    assert door.remembered("state_uses", holder=guest) == 1
    assert door.remembered("state_escorts", visitor=guest) == 1


def test_decisions_with_all_rules_are_told_beside_those_without(capsys: pytest.CaptureFixture[str]) -> None:
    assert decide.main(["--json", "--credentials", "1000", "--decisions", "5"]) == 0

    told = cases_of(capsys.readouterr().out)
    assert list(told) == [f"all rules, {who}, 1,000 credentials" for who in ("staff", "guest")]
