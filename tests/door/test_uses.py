"""Cards with limits at doors: a use counts when it is on disk, is forgiven when nobody came in, and is used once."""

from dataclasses import replace

from msgspec.structs import replace as with_fields

from doorctl.audit.state import UsedTimes, UseKept
from doorctl.core.areas import Occupancy
from doorctl.core.decision import decide
from doorctl.core.machines.door_events import ContactClosed, ContactOpened
from doorctl.core.model import CardLimits, CardUsed, Credential, Holder, OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.core.rules.interlock import InterlockWhile
from doorctl.core.uses_told import FORGIVEN
from doorctl.door.asking.asked import Asked, Presented, Use
from doorctl.door.asking.uses import UseBook
from doorctl.policy.building import DoorPlace, PolicyPosition
from tests.core import builders
from tests.door.airlock import INNER, OUTER, Airlock
from tests.door.counted import CountedDoors, one_zone
from tests.door.hand_driven import ADMITTED, RELEASED, HandDrivenDoorway

NOON_SECONDS = int(builders.NOON.timestamp())
ONCE, TWICE = CardLimits("l1", uses=1), CardLimits("l1", uses=2)
USE = UseKept("l1", "ada", 1, NOON_SECONDS)
BACK = with_fields(USE, change=-1)
TOGETHER = replace(builders.FLOOR_3, persons=2, persons_seconds=10)


def limited(limits: CardLimits = ONCE, facts: Facts = ADMITTED) -> HandDrivenDoorway:
    """Let Ada in by a card with limits, at a door that is closed."""
    door = HandDrivenDoorway(replace(facts, limits=limits))
    door.doorway.take(ContactClosed(door.now))
    return door


def reasons(door: HandDrivenDoorway) -> list[Reason | None]:
    return [it.reason for it in door.statements if it.kind is RecordKind.DECISION]


def kept(door: HandDrivenDoorway) -> list[UseKept]:
    """What the records that wait remember of uses."""
    return [each for it in door.waiting for each in it.draft.remembered if isinstance(each, UseKept)]


def let_in(door: HandDrivenDoorway) -> None:
    """Present the card, open the door and close it."""
    door.present()
    door.commit_all()
    door.doorway.take(ContactOpened(door.now))
    door.doorway.take(ContactClosed(door.now))
    door.commit_all()
    door.now += 5


def leave_unopened(door: HandDrivenDoorway) -> None:
    """Let time go by until nobody may open any more."""
    door.now += 10
    door.doorway.tick(door.now)


def test_a_card_for_two_uses_lets_in_twice() -> None:
    door = limited(TWICE)
    for _ in range(3):
        let_in(door)

    assert reasons(door) == [Reason.GRANTED, Reason.GRANTED, Reason.USES_SPENT]
    told = [it.detail for it in door.statements if it.kind is RecordKind.DECISION]
    assert told == ["use 1 of 2", "use 2 of 2", ""]


def test_a_use_is_remembered_in_the_commit_of_its_record() -> None:
    door = limited()

    door.present()

    assert kept(door) == [USE]
    assert door.moves == []


def test_a_card_without_limits_is_not_counted() -> None:
    door = HandDrivenDoorway()

    door.present()

    assert (kept(door), door.statement(RecordKind.DECISION).detail) == ([], "")


def test_a_denial_is_no_use() -> None:
    door = limited()
    door.facts = replace(door.facts, grants=())
    door.present()
    door.commit_all()
    door.facts = replace(door.facts, grants=(builders.ADAS_GRANT,))

    let_in(door)

    assert reasons(door) == [Reason.NO_GRANT, Reason.GRANTED]


def test_a_use_is_forgiven_when_nobody_opened() -> None:
    door = limited()
    door.present()
    door.commit_all()
    leave_unopened(door)

    unopened = [it.draft for it in door.waiting if it.draft.statement.kind is RecordKind.NOT_OPENED]
    assert [(it.statement.detail, it.subject, it.remembered) for it in unopened] == [
        (FORGIVEN, "holder:ada", (BACK,))
    ]
    door.commit_all()
    let_in(door)
    let_in(door)
    assert reasons(door) == [Reason.GRANTED, Reason.GRANTED, Reason.USES_SPENT]


def test_a_use_is_forgiven_when_a_lockdown_comes_before_anybody_opened() -> None:
    door = limited()
    door.present()
    door.commit_all()
    door.doorway.move_to(DoorPlace("floor-3", locked_down=True))

    assert kept(door) == [BACK]
    door.commit_all()
    door.doorway.move_to(DoorPlace("floor-3"))
    let_in(door)
    assert reasons(door) == [Reason.GRANTED, Reason.GRANTED]


def test_a_use_is_forgiven_also_when_the_disk_does_not_take_that_at_first() -> None:
    door = limited()
    door.present()
    door.commit_all()
    leave_unopened(door)
    while not kept(door):
        door.commit()
    door.fail()
    door.records.try_again()

    assert kept(door) == [BACK]
    door.commit_all()
    door.records.try_again()
    assert door.waiting == []


def test_a_use_counts_when_a_lockdown_comes_after_the_door_was_opened() -> None:
    door = limited()
    door.present()
    door.commit_all()
    door.doorway.take(ContactOpened(door.now))
    door.doorway.move_to(DoorPlace("floor-3", locked_down=True))

    assert kept(door) == []


def test_a_use_is_not_forgiven_where_the_door_was_opened_or_has_no_contact() -> None:
    opened, without_contact = limited(), HandDrivenDoorway(replace(ADMITTED, limits=ONCE))
    opened.present()
    opened.commit_all()
    opened.doorway.take(ContactOpened(opened.now))
    without_contact.present()
    without_contact.commit_all()
    for door in (opened, without_contact):
        leave_unopened(door)
        door.commit_all()
        door.present()

    assert [reasons(door) for door in (opened, without_contact)] == [[Reason.GRANTED, Reason.USES_SPENT]] * 2


def test_a_use_is_not_forgiven_while_somebody_may_still_pass_by_a_later_release() -> None:
    passed, unopened = limited(), limited()
    for door in (passed, unopened):
        door.present()
        door.commit_all()
        door.doorway.open(99)
        door.commit_all()
    passed.doorway.take(ContactOpened(passed.now))
    leave_unopened(unopened)
    for door in (passed, unopened):
        door.commit_all()
        door.present()

    assert reasons(passed) == [Reason.GRANTED, Reason.USES_SPENT]
    assert reasons(unopened) == [Reason.GRANTED, Reason.GRANTED]


def test_whoever_has_waited_for_company_is_none_of_their_own() -> None:
    doors = CountedDoors(*one_zone(Occupancy(least=2), "front", "back"), limits={"ada": TWICE})
    doors.swipe("ada", "front")
    doors.go("grace", "back")
    doors.go("alan", "back")
    doors.go("ada", "front")

    assert [each for draft in doors.drafts for each in draft.remembered if isinstance(each, UseKept)] == [USE]


def test_a_use_whose_record_failed_does_not_count() -> None:
    door = limited()
    door.present()
    door.fail()

    door.present()
    door.commit_all()

    assert door.moves == [RELEASED]


def test_who_is_let_in_without_a_record_has_used_the_card() -> None:
    releasing = replace(ADMITTED, zone=replace(builders.FLOOR_3, on_audit_failure=OnAuditFailure.RELEASE))
    door = limited(facts=releasing)
    door.present()
    door.fail()
    door.now += 5

    door.present()

    assert (door.moves, reasons(door)) == ([RELEASED], [Reason.GRANTED, Reason.USES_SPENT])


def test_a_grant_that_came_too_late_gives_its_use_back() -> None:
    door = limited()
    door.present(read_seconds_ago=1.9)
    door.now += 1
    door.commit()

    assert [(it.draft.statement.kind, it.draft.remembered) for it in door.waiting] == [
        (RecordKind.NOT_RELEASED, (BACK,))
    ]
    door.commit_all()
    let_in(door)
    assert door.moves[:1] == [RELEASED]


def test_the_last_use_still_lets_in_when_the_policy_has_changed_meanwhile() -> None:
    door = limited()
    door.present()
    door.position = PolicyPosition(1, 8)

    door.commit_all()

    assert door.moves == [RELEASED]


def test_the_uses_of_new_limits_begin_anew() -> None:
    door = limited()
    let_in(door)
    door.facts = replace(door.facts, limits=CardLimits("l2", uses=1))

    let_in(door)

    assert reasons(door) == [Reason.GRANTED, Reason.GRANTED]


def test_of_two_who_come_with_the_last_use_at_two_doors_at_once_one_is_let_in() -> None:
    doors = Airlock(lasting=InterlockWhile.UNLOCKED, facts=replace(ADMITTED, limits=ONCE))
    doors.close_both()
    doors.present(INNER)
    doors.present(OUTER)

    doors.hand.commit_all()

    assert doors.reasons(RecordKind.DECISION) == [(INNER, Reason.GRANTED), (OUTER, Reason.USES_SPENT)]
    assert doors.moves == [(INNER, RELEASED)]


def test_uses_are_known_after_a_restart() -> None:
    book = UseBook({"l1": UsedTimes("ada", 1, NOON_SECONDS)})

    used = book.used(replace(ADMITTED, limits=ONCE))

    assert used == CardUsed(1, builders.NOON)


def present_as(door: HandDrivenDoorway, holder: str, limits: CardLimits | None) -> None:
    """Have somebody present a card, and commit all that comes of it."""
    credential = Credential(builders.KEY, holder)
    door.facts = replace(door.facts, zone=TOGETHER, holder=Holder(holder), credential=credential, limits=limits)
    door.present()
    door.commit_all()


def test_whoever_waited_for_company_has_used_their_card_when_the_door_opens() -> None:
    door = limited()
    for _ in range(2):
        present_as(door, "ada", ONCE)
        present_as(door, "grace", None)
        door.now += 20

    assert reasons(door)[:3] == [Reason.PERSON_AWAITED, Reason.GRANTED, Reason.USES_SPENT]
    assert door.moves.count(RELEASED) == 1


def test_each_use_of_those_who_come_together_is_told_of_its_holder_and_forgiven_so() -> None:
    door = limited(TWICE)
    present_as(door, "ada", TWICE)
    present_as(door, "grace", CardLimits("l2", uses=5))
    leave_unopened(door)
    door.commit_all()

    told = [
        (draft.subject, draft.statement.kind, draft.statement.detail, draft.places_back)
        for draft in door.drafts
        if "use" in draft.statement.detail
    ]
    assert told == [
        ("holder:grace", RecordKind.DECISION, "use 1 of 5", 0),
        ("holder:ada", RecordKind.CARD_USED, "use 1 of 2", 1),
        ("holder:grace", RecordKind.NOT_OPENED, "use forgiven", 0),
        ("holder:ada", RecordKind.CARD_USED, "use forgiven", 0),
    ]


def test_both_uses_of_one_card_are_forgiven_by_a_record_each_where_nobody_opened_after_either() -> None:
    door = limited(TWICE)
    for _ in range(2):
        door.present()
        door.commit_all()
        door.now += 1
    leave_unopened(door)
    door.commit_all()

    kinds = [it.kind for it in door.statements if it.detail.endswith(FORGIVEN)]
    assert kinds == [RecordKind.NOT_OPENED, RecordKind.CARD_USED]


def test_nobody_is_company_with_a_card_that_was_used_up_meanwhile() -> None:
    door = limited()
    present_as(door, "ada", ONCE)
    request, facts = builders.a_request(), replace(ADMITTED, limits=ONCE)
    door.around.uses.take(Asked(Presented(request, "back-in", door.now), facts, decide(request, facts), None), ())

    present_as(door, "grace", None)

    assert reasons(door) == [Reason.PERSON_AWAITED, Reason.PERSON_AWAITED]


def test_a_use_that_is_given_back_twice_is_none_more() -> None:
    book = UseBook({})

    book.give_back([Use(USE, "use 1 of 1")])

    assert book.used(replace(ADMITTED, limits=ONCE)).count == 0
