"""Visitors at one door and at two: behind whom they come in, how many, and what their records lead to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorctl.audit.state import DAY_SECONDS, Brought
from doorctl.core.model import Credential, Factor, Grant, HeldPin, Holder, OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.visitors import Escorting, Sponsor, Visitor
from doorctl.door.asking.asked import Presented
from doorctl.door.asking.escorts import VisitorBook
from doorctl.policy.building import DoorPlace
from doorctl.wire.orders import DenyHolder
from tests.core import builders
from tests.door.hand_driven import ADMITTED, RELEASED, HandDrivenDoorway

SECONDS = 20
EMPLOYEE = replace(ADMITTED, escorting=Escorting(seconds=SECONDS, most=2, per_seconds=600))


def a_visitor(*escorts: str, sponsor: str | None = None) -> Facts:
    """Make the facts of a visitor whom these may bring, be it as a guest of somebody who may enter."""
    host = None if sponsor is None else Sponsor(Holder(sponsor), frozenset({"floor-3"}), (builders.ADAS_GRANT,))
    return replace(EMPLOYEE, visitor=Visitor("", frozenset(escorts), sponsor=sponsor, sponsored_by=host))


VISITOR = a_visitor("ada")


class Entrance:
    """A door, and people in front of it."""

    def __init__(self, book: VisitorBook | None = None) -> None:
        self.door = HandDrivenDoorway(EMPLOYEE)
        if book is not None:
            self.door = HandDrivenDoorway(EMPLOYEE, visitors=book)
        self.at = builders.NOON

    def show(self, holder: str, facts: Facts = EMPLOYEE) -> None:
        """Have somebody present a card."""
        visitor = facts.visitor and replace(facts.visitor, holder=holder)
        card = Credential(builders.KEY, holder)
        self.door.facts = replace(facts, holder=Holder(holder), credential=card, visitor=visitor)
        self.door.doorway.take(Presented(builders.a_request(self.at), "front-in", self.door.now))

    def present(self, holder: str, facts: Facts = EMPLOYEE) -> tuple[Reason | None, int | None]:
        """Have somebody present a card, and commit all that comes of it; return reason and link of the decision."""
        self.show(holder, facts)
        self.door.commit_all()
        return self.decisions[-1]

    def drops_after(self, seconds: float) -> bool:
        """Have a visitor come a while later, and tell whether what is old is dropped with the record."""
        self.wait(seconds)
        self.present("ada")
        self.show("alan", VISITOR)
        (brought,) = self.door.waiting[0].draft.remembered
        self.door.commit_all()
        return isinstance(brought, Brought) and brought.drops

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.door.now += seconds
        self.at += timedelta(seconds=seconds)

    @property
    def decisions(self) -> list[tuple[Reason | None, int | None]]:
        """Reason and link of each decision."""
        return [(it.reason, it.of) for it in self.door.statements if it.kind is RecordKind.DECISION]


@pytest.fixture
def entrance() -> Entrance:
    return Entrance()


def test_a_visitor_comes_in_behind_an_escort_and_the_record_leads_to_the_escort_s(entrance: Entrance) -> None:
    assert entrance.present("alan", VISITOR) == (Reason.ESCORT_AWAITED, None)
    entrance.wait(2)
    entrance.present("ada")
    entrance.wait(SECONDS)

    assert entrance.present("alan", VISITOR) == (Reason.GRANTED, 1)
    assert entrance.door.moves == [RELEASED] * 2


def test_an_escort_of_too_long_ago_brings_nobody(entrance: Entrance) -> None:
    entrance.present("ada")
    entrance.wait(SECONDS + 0.1)

    assert entrance.present("alan", VISITOR)[0] is Reason.ESCORT_AWAITED


def test_somebody_else_who_was_let_in_brings_nobody(entrance: Entrance) -> None:
    entrance.present("grace")
    entrance.wait(2)

    assert entrance.present("alan", VISITOR)[0] is Reason.ESCORT_AWAITED


def test_of_two_escorts_the_last_one_brings_the_visitor(entrance: Entrance) -> None:
    entrance.present("ada")
    entrance.present("grace")

    assert entrance.present("alan", a_visitor("ada", "grace")) == (Reason.GRANTED, 2)


def test_a_visitor_brings_no_other(entrance: Entrance) -> None:
    entrance.present("ada")
    entrance.present("alan", VISITOR)

    assert entrance.present("joan", a_visitor("alan"))[0] is Reason.ESCORT_AWAITED


def test_who_was_denied_brings_nobody(entrance: Entrance) -> None:
    entrance.present("ada", replace(EMPLOYEE, grants=()))
    entrance.wait(2)

    assert entrance.present("alan", VISITOR)[0] is Reason.ESCORT_AWAITED


def test_an_escort_who_is_forced_to_open_brings_visitors_as_else(entrance: Entrance) -> None:
    pin = replace(
        EMPLOYEE, zone=replace(builders.FLOOR_3, factor=Factor.CARD_AND_PIN), pin=HeldPin(b"p" * 32, b"d" * 32)
    )
    visitor = replace(pin, holder=Holder("ada"))
    request = AccessRequest("front", (builders.KEY,), builders.NOON, pins=(b"d" * 32,))
    entrance.door.facts = visitor
    entrance.door.doorway.take(Presented(request, "front-in", entrance.door.now))
    entrance.door.commit_all()

    assert entrance.decisions[-1][0] is Reason.DURESS
    assert entrance.present("alan", VISITOR)[0] is Reason.GRANTED


def test_an_escort_whose_grant_is_over_brings_nobody(entrance: Entrance) -> None:
    grant = Grant("g1", "ada", "floor-3", valid_until=builders.NOON + timedelta(seconds=5))
    entrance.present("ada", replace(EMPLOYEE, grants=(grant,)))
    entrance.wait(5)

    assert entrance.present("alan", VISITOR)[0] is Reason.ESCORT_AWAITED


def test_nobody_brings_visitors_over_a_change_of_the_policy(entrance: Entrance) -> None:
    entrance.present("ada")
    entrance.door.doorway.move_to(DoorPlace("floor-3"))

    assert entrance.present("alan", VISITOR)[0] is Reason.ESCORT_AWAITED


def test_nor_over_one_that_the_door_has_not_heard_of(entrance: Entrance) -> None:
    entrance.present("ada")
    entrance.door.position = entrance.door.position._replace(revision=8)

    assert entrance.present("alan", VISITOR)[0] is Reason.ESCORT_AWAITED


def test_an_escort_whom_an_order_denies_brings_nobody(entrance: Entrance) -> None:
    entrance.present("ada")
    entrance.door.deny_list.add(DenyHolder("ada", 8), entrance.door.position)
    entrance.door.doorway.end_what_is_denied()

    assert entrance.present("alan", VISITOR)[0] is Reason.ESCORT_AWAITED


def test_an_order_that_denies_the_escort_while_the_visitor_is_recorded_opens_nothing(entrance: Entrance) -> None:
    entrance.present("ada")
    entrance.show("alan", VISITOR)
    entrance.door.deny_list.add(DenyHolder("ada", 8), entrance.door.position)
    entrance.door.doorway.end_what_is_denied()
    entrance.door.commit_all()

    assert entrance.door.moves.count(RELEASED) == 1
    assert entrance.door.statement(RecordKind.NOT_RELEASED).reason is Reason.ESCORT_AWAITED


def test_an_escort_brings_so_many_and_who_comes_again_counts_once(entrance: Entrance) -> None:
    reasons = []
    for visitor in ("alan", "joan", "alan", "kurt"):
        entrance.present("ada")
        reasons.append(entrance.present(visitor, VISITOR)[0])
        entrance.wait(2)
    entrance.wait(600)
    entrance.present("ada")
    reasons.append(entrance.present("kurt", VISITOR)[0])

    assert reasons == [Reason.GRANTED, Reason.GRANTED, Reason.GRANTED, Reason.ESCORT_FULL, Reason.GRANTED]


def test_where_one_brings_too_many_another_escort_brings_the_visitor(entrance: Entrance) -> None:
    both = a_visitor("ada", "grace")
    entrance.present("grace")
    entrance.present("ada")
    links = [entrance.present(visitor, both)[1] for visitor in ("alan", "joan", "kurt")]

    assert links == [2, 2, 0]


def test_of_two_visitors_at_two_doors_for_one_place_one_comes_in() -> None:
    book = VisitorBook({("ada", "joan"): int(builders.NOON.timestamp())})
    doors = [Entrance(book), Entrance(book)]
    for door in doors:
        door.present("ada")
    for door, visitor in zip(doors, ("alan", "kurt"), strict=True):
        door.show(visitor, VISITOR)
    for door in doors:
        door.door.commit_all()

    assert [door.decisions[-1][0] for door in doors] == [Reason.GRANTED, Reason.ESCORT_FULL]


def test_whom_an_escort_brought_is_remembered_with_the_record_and_counts_after_a_restart() -> None:
    first = Entrance()
    first.present("ada")
    first.show("alan", VISITOR)
    remembered = first.door.waiting[0].draft.remembered
    at = int(builders.NOON.timestamp())
    second = Entrance(VisitorBook({("ada", "alan"): at, ("ada", "joan"): at}))
    second.present("ada")

    assert remembered == (Brought("ada", "alan", at),)
    assert second.present("kurt", VISITOR)[0] is Reason.ESCORT_FULL
    assert second.present("alan", VISITOR)[0] is Reason.GRANTED


def test_what_is_a_day_old_is_dropped_with_a_visitor_and_then_once_an_hour() -> None:
    yesterday = int(builders.NOON.timestamp()) - DAY_SECONDS
    entrance = Entrance(VisitorBook({("ada", "joan"): yesterday + 60, ("mary", "joan"): yesterday + 120}))

    assert [entrance.drops_after(seconds) for seconds in (30, 30, 3000, 600)] == [False, True, False, True]


def test_where_nobody_was_brought_nothing_is_dropped_for_a_day() -> None:
    entrance = Entrance(VisitorBook({}))

    assert [entrance.drops_after(seconds) for seconds in (0, DAY_SECONDS - 1, 1)] == [False, False, True]


def test_a_visitor_whose_record_failed_was_brought_by_nobody(entrance: Entrance) -> None:
    for visitor in ("alan", "joan"):
        entrance.present("ada")
        entrance.show(visitor, VISITOR)
        entrance.door.fail()
    reasons = [entrance.present(visitor, VISITOR)[0] for visitor in ("kurt", "mary", "alan")]

    assert reasons == [Reason.GRANTED, Reason.GRANTED, Reason.ESCORT_FULL]


def test_who_came_before_counts_also_when_a_later_record_fails(entrance: Entrance) -> None:
    for visitor in ("alan", "joan"):
        entrance.present("ada")
        entrance.present(visitor, VISITOR)
    entrance.show("alan", VISITOR)
    entrance.door.fail()

    assert entrance.present("kurt", VISITOR)[0] is Reason.ESCORT_FULL


def test_who_is_let_in_without_a_record_was_brought_all_the_same(entrance: Entrance) -> None:
    releasing = replace(builders.FLOOR_3, on_audit_failure=OnAuditFailure.RELEASE)
    entrance.present("ada")
    for visitor in ("alan", "joan"):
        entrance.show(visitor, replace(VISITOR, zone=releasing))
        entrance.door.fail()

    assert entrance.present("kurt", VISITOR)[0] is Reason.ESCORT_FULL


def test_a_visitor_follows_several_who_came_together_and_takes_nobody_s_company(entrance: Entrance) -> None:
    two = replace(builders.FLOOR_3, persons=2, persons_seconds=60)
    entrance.present("ada", replace(EMPLOYEE, zone=two))
    entrance.present("grace", replace(EMPLOYEE, zone=two))
    entrance.present("joan", replace(EMPLOYEE, zone=two))

    assert entrance.present("alan", replace(a_visitor("grace"), zone=two)) == (Reason.GRANTED, 1)
    assert entrance.present("kurt", replace(EMPLOYEE, zone=two))[0] is Reason.GRANTED


@pytest.mark.parametrize("escort", ["ada", "grace"])
def test_each_of_those_who_came_together_brings_visitors_from_then_on(entrance: Entrance, escort: str) -> None:
    two = replace(EMPLOYEE, zone=replace(builders.FLOOR_3, persons=2, persons_seconds=60))
    entrance.present("ada", two)
    alone = entrance.present("alan", replace(two, visitor=Visitor("", frozenset({"ada"}))))[0]
    entrance.wait(SECONDS + 1)
    entrance.present("grace", two)
    entrance.wait(SECONDS)

    assert alone is Reason.ESCORT_AWAITED
    assert entrance.present("alan", replace(two, visitor=Visitor("", frozenset({escort})))) == (Reason.GRANTED, 2)


def test_who_came_first_of_several_brings_nobody_beyond_their_own_end(entrance: Entrance) -> None:
    two = replace(EMPLOYEE, zone=replace(builders.FLOOR_3, persons=2, persons_seconds=60))
    grant = replace(builders.ADAS_GRANT, valid_until=builders.NOON + timedelta(seconds=10))
    entrance.present("ada", replace(two, grants=(grant,)))
    entrance.wait(5)
    entrance.present("grace", two)
    entrance.wait(5)

    assert entrance.present("alan", replace(two, visitor=Visitor("", frozenset({"ada"}))))[0] is Reason.ESCORT_AWAITED


def test_those_who_break_the_glass_together_bring_nobody(entrance: Entrance) -> None:
    stale = replace(builders.FLOOR_3, max_age_seconds=60)
    glass = replace(EMPLOYEE, zone=stale, policy_age_seconds=61.0, may_break_glass=True)
    for holder in ("ada", "grace"):
        entrance.present(holder, glass)
    visitor = replace(EMPLOYEE, visitor=Visitor("", frozenset({"ada", "grace"})))

    assert entrance.decisions[-1][0] is Reason.BREAK_GLASS
    assert entrance.present("alan", visitor)[0] is Reason.ESCORT_AWAITED


def test_a_visitor_without_escort_is_no_company(entrance: Entrance) -> None:
    two = replace(builders.FLOOR_3, persons=2, persons_seconds=60)
    entrance.present("alan", replace(VISITOR, zone=two))

    assert entrance.present("grace", replace(EMPLOYEE, zone=two))[0] is Reason.PERSON_AWAITED


def test_each_record_of_a_guest_is_followed_by_one_that_leads_to_the_sponsor(entrance: Entrance) -> None:
    guest = a_visitor("ada", sponsor="grace")
    entrance.show("alan", guest)
    (denied,) = entrance.door.waiting
    entrance.door.commit_all()
    entrance.wait(2)
    entrance.present("ada")
    entrance.show("alan", guest)
    (granted,) = entrance.door.waiting

    for submitted in (denied, granted):
        (sponsor,) = submitted.more
        assert (sponsor.statement.kind, sponsor.subject) == (RecordKind.SPONSOR, "holder:grace")
        assert (sponsor.places_back, sponsor.statement.mono_ms) == (1, submitted.draft.statement.mono_ms)


def test_an_order_that_denies_the_sponsor_denies_the_guest(entrance: Entrance) -> None:
    entrance.present("ada")
    entrance.door.deny_list.add(DenyHolder("grace", 8), entrance.door.position)

    assert entrance.present("alan", a_visitor("ada", sponsor="grace"))[0] is Reason.DENIED_BY_ORDER
