"""A real door process and a keeper's end of the bell: what is in force, what is fresh, what is ordered."""

import time
from collections.abc import Iterator

import pytest

from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.order_rules import CLOCK_DIFFERENCE_SECONDS, ORDER_SECONDS
from doorctl.database import open_writer
from doorctl.policy.rows import GroupRow, LockdownRow, MemberRow, Row, ZoneRow, ZoneRuleRow
from doorctl.wire.bell import CarriedOut, CarryOut, InForce, Look
from doorctl.wire.orders import Deed, DenyHolder, HoldOpenUntil, OpenNow
from tests.door_rig import ADA, FLOOR, SERVER_ROOM, DoorRig
from tests.keeper_bell import KeeperBell

GRACE = "H10301:1:1002"
ID = "0" * 32


@pytest.fixture
def keeper(adas_rig: DoorRig) -> Iterator[KeeperBell]:
    keeper = KeeperBell(adas_rig.run_dir)
    adas_rig.start_online()
    yield keeper
    keeper.close()


def change_policy(rig: DoorRig, *rows: Row) -> None:
    connection = open_writer(rig.state / "policy-one.db")
    rig.change_policy(connection, rows)
    connection.close()


def an_order(deed: Deed, *, seconds: int = ORDER_SECONDS + CLOCK_DIFFERENCE_SECONDS - 60) -> CarryOut:
    return CarryOut(ID, "grace", int(time.time()) + seconds, deed, by_officer=False)


def look(rig: DoorRig, keeper: KeeperBell, *, revision: int) -> InForce:
    """Ring, and wait until the door answers by this revision."""
    keeper.say(Look())
    said = rig.wait_for(lambda: keeper.take(InForce), what="a revision in force")
    while said.revision != revision:
        said = rig.wait_for(lambda: keeper.take(InForce), what=f"revision {revision} in force")
    return said


def answer(rig: DoorRig, keeper: KeeperBell) -> CarriedOut:
    return rig.wait_for(lambda: keeper.take(CarriedOut), what="what became of the order")


def test_a_revision_is_in_force_as_soon_as_the_keeper_rings(adas_rig: DoorRig, keeper: KeeperBell) -> None:
    first = look(adas_rig, keeper, revision=1)
    change_policy(adas_rig, LockdownRow(scope="*"))
    look(adas_rig, keeper, revision=2)
    adas_rig.swipe("front", ADA)
    (decision,) = adas_rig.wait_for_decisions(1)

    assert first.doors == (FLOOR, SERVER_ROOM)
    assert decision.reason is Reason.LOCKDOWN


def test_a_zone_with_a_limit_opens_when_the_hub_has_confirmed_its_policy(
    adas_rig: DoorRig, keeper: KeeperBell
) -> None:
    change_policy(adas_rig, ZoneRow(id=FLOOR, kind=ZoneKind.FLOOR, max_age_seconds=900))
    look(adas_rig, keeper, revision=2)
    adas_rig.swipe("front", ADA)
    adas_rig.wait_for_decisions(1)
    keeper.make_clock_trusted(age_seconds=100)
    adas_rig.swipe("front", ADA)
    stale, fresh = adas_rig.wait_for_decisions(2)

    assert (stale.reason, fresh.reason) == (Reason.STALE_POLICY, Reason.GRANTED)
    assert fresh.policy is not None
    assert fresh.policy.age_seconds == pytest.approx(150, abs=50)


def test_two_break_the_glass_of_a_server_room_whose_policy_nobody_confirms(rig: DoorRig) -> None:
    rescue = (
        GroupRow(id="rescue"),
        MemberRow(holder="ada", group="rescue"),
        MemberRow(holder="grace", group="rescue"),
    )
    zone = ZoneRow(id=SERVER_ROOM, kind=ZoneKind.SERVER_ROOM, max_age_seconds=900)
    people = (*rig.a_holder("ada", ADA), *rig.a_holder("grace", GRACE))
    rig.write_policy((*people, zone, *rescue, ZoneRuleRow(zone=SERVER_ROOM, break_glass="rescue")))
    rig.start_online()
    rig.swipe("vault", ADA)
    rig.wait_for_decisions(1)
    rig.swipe("vault", GRACE)
    first, second = rig.wait_for_decisions(2)
    rig.wait_for(lambda: rig.strike_states(SERVER_ROOM) == ["released", "secured"], what="release and relock")

    assert (first.reason, second.reason, second.of) == (
        Reason.BREAK_GLASS_AWAITS_SECOND,
        Reason.BREAK_GLASS,
        first.seq,
    )
    assert "<2>event=break_glass " in rig.log()


def test_an_order_to_open_is_carried_out_once_also_after_a_restart(adas_rig: DoorRig, keeper: KeeperBell) -> None:
    order = an_order(OpenNow(FLOOR))
    keeper.say(order)
    first = answer(adas_rig, keeper)
    adas_rig.wait_for(lambda: adas_rig.strike_states(FLOOR) == ["released", "secured"], what="release and relock")
    adas_rig.kill()
    keeper.hang_up()
    adas_rig.start_online()
    keeper.say(order)
    second = answer(adas_rig, keeper)

    assert (first.outcome, second) == ("done", first)
    assert adas_rig.strike_states(FLOOR) == ["released", "secured"]
    (record,) = adas_rig.records(RecordKind.ORDER)
    assert (record.seq, record.outcome) == (first.record, Outcome.GRANTED)


def test_an_expired_order_opens_nothing(adas_rig: DoorRig, keeper: KeeperBell) -> None:
    keeper.say(an_order(OpenNow(FLOOR), seconds=-1))

    assert answer(adas_rig, keeper).reason == "expired"
    assert adas_rig.strike_states(FLOOR) == []


def test_a_lockdown_ends_what_an_order_holds_open(adas_rig: DoorRig, keeper: KeeperBell) -> None:
    keeper.say(an_order(HoldOpenUntil(FLOOR, int(time.time()) + 3600)))
    adas_rig.wait_for(lambda: adas_rig.strike_states(FLOOR) == ["released"], what="release")
    change_policy(adas_rig, LockdownRow(scope=FLOOR))
    keeper.say(Look())
    adas_rig.wait_for(lambda: adas_rig.strike_states(FLOOR) == ["released", "secured"], what="relock")

    adas_rig.wait_for(lambda: adas_rig.has_record(RecordKind.RELOCKED), what="the record")
    assert adas_rig.records(RecordKind.RELOCKED)[0].reason is Reason.LOCKDOWN


def test_an_order_denies_a_holder_before_the_policy_does(adas_rig: DoorRig, keeper: KeeperBell) -> None:
    keeper.say(an_order(DenyHolder("ada", 9)))
    answer(adas_rig, keeper)
    adas_rig.swipe("front", ADA)
    (decision,) = adas_rig.wait_for_decisions(1)

    assert decision.reason is Reason.DENIED_BY_ORDER
    assert adas_rig.strike_states(FLOOR) == []
