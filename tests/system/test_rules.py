"""The rules of a building over all processes: set by command or site file, decided at the door, recorded, told.

One building serves all of them, each at doors of its own; what another system test shows is not shown again here.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from doorctl.demo.chapters.areas import forget_the_archive_daily
from doorctl.demo.chapters.doors import is_propped_open
from doorctl.demo.chapters.emergency import MAX_AGE, grows_too_old
from doorctl.demo.chapters.limits import see_the_end_of_a_minute
from doorctl.demo.chapters.modes import opened_from_afar, stays
from doorctl.demo.chapters.parts import (
    alerted,
    all_are,
    drives,
    lets_go,
    newest,
    told,
    wait_for_moment,
    wait_for_record,
)
from doorctl.demo.chapters.site import (
    ADA,
    AIRLOCK,
    ALAN,
    ARCHIVE,
    BADGE,
    CANTEEN,
    DOCK,
    DURESS,
    ENTRANCE,
    FOUND,
    GRACE,
    GYM,
    KITCHEN,
    LAB,
    NEW,
    OFFICE,
    OTHER_BADGE,
    PIN,
    SAFE,
    SERVER_ROOM,
    TAG,
    VAULT,
    WRONG,
)
from doorctl.demo.chapters.visitors import let_guests_in
from doorctl.demo.chapters.wires import of_late, simulated
from doorctl.demo.steps import Badge, bring_the_broker_back, change, is_denied, is_granted, kill_the_broker, opens
from doorctl.demo.witness import wait_for
from tests.system.ruled import RuledBuilding

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
_ADA, _GRACE, _ALAN = Badge(ADA), Badge(GRACE), Badge(ALAN)
ALL_WEEK, NEVER = "mon,tue,wed,thu,fri,sat,sun 00:00-24:00", "mon 03:00-03:01"
_SOON, _SHORTLY = timedelta(seconds=4), timedelta(seconds=1)


@pytest.fixture(scope="module")
def building() -> Iterator[RuledBuilding]:
    """The building, where Ada's second card was used at the canteen and two people are in the lab from the start."""
    with RuledBuilding() as building:
        building.begin()
        opens(CANTEEN, Badge(TAG))(building)
        for part in (opens(ARCHIVE, _ALAN), opens(ARCHIVE, _GRACE), is_denied(LAB, Reason.MINIMUM_AWAITED, _ALAN)):
            part(building)
        opens(LAB, _GRACE)(building)
        yield building


def test_several_come_together_and_one_of_them_is_of_the_group(building: RuledBuilding) -> None:
    records = building.recorded(
        is_denied(VAULT, Reason.PERSON_AWAITED, _ADA),
        is_denied(VAULT, Reason.LEADER_AWAITED, _ALAN),
        opens(VAULT, _GRACE),
    )

    first, _, last = (leaf for leaf in records if leaf.kind is RecordKind.DECISION)
    assert last.of == first.seq


def test_areas_in_areas_note_or_deny_passing_back_and_leave_nobody_alone(building: RuledBuilding) -> None:
    records = building.recorded(
        opens(CANTEEN, _ADA, reason=Reason.PASSBACK_NOTED),
        is_denied(LAB, Reason.PASSBACK, _ADA),
        opens(ARCHIVE, _ADA),
        is_denied(ARCHIVE, Reason.PASSBACK, _ADA),
        opens(LAB, _ADA),
    )

    decided = (leaf.detail for leaf in records if leaf.kind is RecordKind.DECISION)
    assert {detail.partition("count ")[:2] for detail in decided} == {("way in, ", "count ")}
    change(("zone", "occupancy", CANTEEN, "--most", "1"))(building)
    is_denied(CANTEEN, Reason.ZONE_FULL, _ALAN)(building)
    change(("zone", "occupancy", CANTEEN, "--most", "none"))(building)
    told("report", "inside", "--names", says="Ada")(building)
    told("occupancy", LAB, "--names", says="ada")(building)


def test_a_pin_alone_opens_where_it_is_enough_and_is_not_looked_at_beside_an_unlocked_door(
    building: RuledBuilding,
) -> None:
    change(("person", "pin", "ada", "--alone", "--duress"), typed=f"{PIN[:-1]}\n{DURESS[:-1]}\n")(building)
    for part in (opens(GYM, Badge(keys=PIN)), opens(KITCHEN, _ADA), opens(KITCHEN, Badge(keys=PIN))):
        part(building)
    change(("door", "mode", KITCHEN, "unlocked", "--for", "1h"))(building)
    stays(KITCHEN, "released", RecordKind.RELEASED)(building)
    is_denied(GYM, Reason.INTERLOCKED, Badge(keys=WRONG))(building)
    change(("door", "mode", KITCHEN, "--usual"))(building)
    stays(KITCHEN, "secured", RecordKind.MODE)(building)
    opens(GYM, Badge(keys=PIN))(building)

    for part in 2 * [is_denied(GYM, Reason.WRONG_PIN, Badge(keys=WRONG))]:
        part(building)
    alerted(RuleName.WRONG_PINS_AT_READER)(building)
    is_denied(GYM, Reason.PIN_BLOCKED, Badge(keys=PIN))(building)


def test_a_door_of_an_airlock_waits_until_the_other_is_closed(building: RuledBuilding) -> None:
    opens(SERVER_ROOM, _ADA, passing=True)(building)
    is_denied(AIRLOCK, Reason.INTERLOCKED, _GRACE)(building)
    drives(f"{SERVER_ROOM}.contact", RecordKind.CLOSED, active=False)(building)

    opens(AIRLOCK, _GRACE)(building)


def test_a_strict_zone_opens_by_the_roster_that_an_officer_signed(building: RuledBuilding) -> None:
    is_denied(SAFE, Reason.NO_ROSTER, _ADA)(building)
    signed = building.recorded(change(("roster", "sign", SAFE, "--yes")), opens(SAFE, _ADA))
    change(("card", "add", "ada", FOUND))(building)
    is_denied(SAFE, Reason.NOT_ON_ROSTER, Badge(FOUND))(building)

    assert RecordKind.ROSTER_ACCEPTED in {leaf.kind for leaf in signed}


def test_the_clock_unlocks_one_door_at_once_and_another_behind_the_first_person(building: RuledBuilding) -> None:
    change(("schedule", "set", "lunch", ALL_WEEK, "--ignore-holidays"))(building)
    stays(KITCHEN, "released", RecordKind.RELEASED)(building)
    for part in (is_granted(CANTEEN, _GRACE), stays(CANTEEN, "released", RecordKind.RELEASED)):
        part(building)
    change(("schedule", "set", "lunch", NEVER, "--ignore-holidays"))(building)
    for door in (KITCHEN, CANTEEN):
        stays(door, "secured", RecordKind.MODE)(building)

    opens(CANTEEN, _GRACE, reason=Reason.PASSBACK_NOTED)(building)


def test_a_keeper_unlocks_an_office_by_coming_twice(building: RuledBuilding) -> None:
    change(("door", "modes", OFFICE, "office", "--office-group", "guards"))(building)
    for part in (opens(OFFICE, _GRACE), is_granted(OFFICE, _GRACE), stays(OFFICE, "released", RecordKind.RELEASED)):
        part(building)

    change(("door", "modes", OFFICE, "card"))(building)
    stays(OFFICE, "secured", RecordKind.MODE)(building)


def test_a_zone_takes_the_readers_that_it_names_and_grants_count_by_the_clock(building: RuledBuilding) -> None:
    is_denied(DOCK, Reason.READER_CLASS, _ADA)(building)
    change(("zone", "classes", DOCK, "--readers", "wiegand"))(building)
    is_denied(DOCK, Reason.OUTSIDE_SCHEDULE, _ALAN)(building)
    is_denied(DOCK, Reason.NO_GRANT, _GRACE)(building)
    opens(DOCK, _ADA)(building)

    opened_from_afar(DOCK)(building)


def test_people_and_cards_count_within_their_dates_and_while_they_are_active(building: RuledBuilding) -> None:
    card, tomorrow = Badge(NEW), (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    change(("card", "add", "grace", NEW, "--from", tomorrow), ("person", "edit", "alan", "--from", tomorrow))(
        building
    )
    is_denied(ENTRANCE, Reason.CREDENTIAL_NOT_YET_VALID, card)(building)
    is_denied(ENTRANCE, Reason.HOLDER_NOT_YET_VALID, _ALAN)(building)
    soon = datetime.now(UTC).replace(microsecond=0) + _SOON
    change(
        ("card", "remove", NEW),
        ("card", "add", "grace", NEW, "--until", soon.isoformat()),
        ("person", "edit", "alan", "--from", "none", "--until", soon.isoformat()),
    )(building)
    wait_for_moment(soon)
    is_denied(ENTRANCE, Reason.CREDENTIAL_EXPIRED, card)(building)
    is_denied(ENTRANCE, Reason.HOLDER_EXPIRED, _ALAN)(building)
    change(("person", "edit", "alan", "--until", "none"))(building)
    before = newest(building)
    change(("suspend", "alan"))(building)
    wait_for_record(building, RecordKind.ORDER, after=before)
    is_denied(ENTRANCE, Reason.HOLDER_SUSPENDED, _ALAN)(building)
    change(("card", "remove", NEW), ("card", "add", "grace", NEW), ("card", "suspend", NEW))(building)
    is_denied(ENTRANCE, Reason.CREDENTIAL_SUSPENDED, card)(building)
    change(("person", "resume", "alan"), ("card", "resume", NEW))(building)

    for each in (_ALAN, card):
        opens(ENTRANCE, each)(building)


def test_an_escort_brings_no_more_visitors_than_the_zone_says(building: RuledBuilding) -> None:
    let_guests_in(building)
    is_denied(OFFICE, Reason.ESCORT_AWAITED, Badge(BADGE))(building)
    opens(OFFICE, _ADA)(building)
    opens(OFFICE, Badge(BADGE))(building)

    is_denied(OFFICE, Reason.ESCORT_FULL, Badge(OTHER_BADGE))(building)


def nobody_is_expected(building: RuledBuilding) -> bool | None:
    """Tell whether who was let in at the entrance last has not come for good: to open it is no force before."""
    told = [leaf for leaf in building.log.records() if leaf.door == ENTRANCE]
    let_in = [leaf.seq for leaf in told if leaf.kind is RecordKind.DECISION and leaf.outcome is Outcome.GRANTED]
    return not let_in or let_in[-1] in {leaf.of for leaf in told if leaf.kind is RecordKind.NOT_OPENED} or None


def test_inputs_are_recorded_and_call_somebody(building: RuledBuilding) -> None:
    wait_for(partial(nobody_is_expected, building), what="nobody at the entrance", seconds=building.patience)
    records = building.recorded(
        drives(f"{ENTRANCE}.contact", RecordKind.FORCED_OPEN, active=True),
        drives(f"{ENTRANCE}.contact", RecordKind.CLOSED, active=False),
        simulated(f"{ENTRANCE}.tamper", "on", RecordKind.TAMPER),
        simulated(f"{ENTRANCE}.tamper", "off", RecordKind.TAMPER),
        simulated("battery", "on", RecordKind.POWER),
        simulated("battery", "off", RecordKind.POWER),
    )

    for rule in (RuleName.FORCED_DOOR, RuleName.TAMPER, RuleName.POWER_FAULT):
        alerted(rule)(building)
    assert RecordKind.RELEASED not in {leaf.kind for leaf in records}


def test_who_leaves_a_server_room_into_which_nobody_was_let_of_late_calls_somebody(building: RuledBuilding) -> None:
    opens(SERVER_ROOM, _ADA)(building)
    let_in = datetime.now(UTC)
    of_late(RuleName.REX_WHEN_EMPTY, within=f"{_SHORTLY.seconds}s")(building)
    wait_for_moment(let_in + 2 * _SHORTLY)
    drives(f"{SERVER_ROOM}.rex", RecordKind.REX, active=True)(building)
    lets_go(f"{SERVER_ROOM}.rex")(building)

    alerted(RuleName.REX_WHEN_EMPTY)(building)


def test_who_leaves_a_door_open_is_warned_before_it_counts_as_held(building: RuledBuilding) -> None:
    records = building.recorded(
        drives(f"{OFFICE}.rex", RecordKind.REX, active=True),
        is_propped_open,
        drives(f"{OFFICE}.contact", RecordKind.HELD_ENDED, active=False),
        lets_go(f"{OFFICE}.rex"),
    )

    assert Reason.REX in {leaf.reason for leaf in records if leaf.kind is RecordKind.RELEASED}


def test_a_minute_from_the_first_use_on_and_a_day_inside_come_to_their_end(building: RuledBuilding) -> None:
    see_the_end_of_a_minute(building)
    forgotten = building.recorded(forget_the_archive_daily)

    opens(ARCHIVE, _GRACE)(building)
    assert RecordKind.OCCUPANCY_RESET in {leaf.kind for leaf in forgotten}


def test_without_the_network_the_rules_are_the_same_and_a_policy_becomes_too_old(building: RuledBuilding) -> None:
    change(("zone", "rule", AIRLOCK, "--max-age", f"{MAX_AGE.seconds}s", "--break-glass", "wardens"))(building)
    kill_the_broker(building)
    is_denied(VAULT, Reason.PERSON_AWAITED, _ADA)(building)
    opens(VAULT, _GRACE)(building)
    records = building.recorded(
        grows_too_old,
        is_denied(AIRLOCK, Reason.STALE_POLICY, _ALAN),
        is_denied(AIRLOCK, Reason.BREAK_GLASS_AWAITS_SECOND, _ADA),
        opens(AIRLOCK, _GRACE, reason=Reason.BREAK_GLASS),
    )
    drives("fire", RecordKind.FIRE, active=True)(building)
    all_are("released")(building)
    drives("fire", RecordKind.FIRE, active=False)(building)
    all_are("secured")(building)
    is_denied(LAB, Reason.MINIMUM_AWAITED, _ADA)(building)
    bring_the_broker_back(building)

    _, first, second = (leaf for leaf in records if leaf.kind is RecordKind.DECISION)
    assert second.of == first.seq
