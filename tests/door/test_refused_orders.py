"""Orders at the door that are refused: by name and recorded, up to the moment when their record is on disk."""

from collections.abc import Callable

import pytest

from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.order_rules import MAX_HOLD_OPEN_SECONDS
from doorctl.policy.building import DoorPlace
from doorctl.wire.orders import Deed, DenyHolder, HoldOpenUntil, OpenNow
from tests.core import builders
from tests.door.hand_driven import ADMITTED, RELEASED
from tests.door.ordered import NOW, OPEN, Ordered, lock_down


def forget_policy(ordered: Ordered) -> None:
    ordered.door.doorway.move_to(None)


def call_zone_strict(ordered: Ordered) -> None:
    ordered.door.doorway.move_to(DoorPlace("floor-3", strict=True))


def withhold_a_change(ordered: Ordered) -> None:
    ordered.door.doorway.move_to(DoorPlace("floor-3", needs_upgrade=True))


def change_nothing(_: Ordered) -> None:
    pass


@pytest.mark.parametrize(
    ("prepare", "deed", "expires", "reason"),
    [
        (change_nothing, OPEN, NOW, "expired"),
        (change_nothing, DenyHolder("ada", 9), NOW, "expired"),
        (change_nothing, OPEN, NOW + 316, "too-far-ahead"),
        (change_nothing, OpenNow("back"), NOW + 15, "unknown-door"),
        (forget_policy, OPEN, NOW + 15, "no-policy"),
        (lock_down, OPEN, NOW + 15, "lockdown"),
        (lock_down, HoldOpenUntil("front", NOW + 60), NOW + 15, "lockdown"),
        (withhold_a_change, OPEN, NOW + 15, "needs-upgrade"),
        (call_zone_strict, OPEN, NOW + 15, "officers-only"),
        (change_nothing, HoldOpenUntil("front", NOW), NOW + 15, "over"),
        (change_nothing, HoldOpenUntil("front", NOW + MAX_HOLD_OPEN_SECONDS + 1), NOW + 15, "too-long"),
    ],
)
def test_an_order_that_may_not_be_carried_out_is_refused_by_name_and_recorded(
    ordered: Ordered, prepare: Callable[[Ordered], None], deed: Deed, expires: int, reason: str
) -> None:
    prepare(ordered)
    ordered.take(deed, expires=expires)
    ordered.door.commit_all()

    assert ordered.outcomes() == [("refused", reason)]
    assert ordered.door.moves == []
    record = ordered.door.statement(RecordKind.ORDER)
    assert (record.outcome, f" {reason} " in record.detail) == (Outcome.DENIED, True)
    assert not ordered.door.deny_list.denies(builders.a_request(), ADMITTED)


def test_a_strict_door_takes_orders_from_officers_alone() -> None:
    strict = Ordered(strict_zone="floor-3")
    strict.take(id_="1" * 32)
    strict.take(id_="2" * 32, by_officer=True)
    strict.door.commit_all()

    assert strict.outcomes() == [("refused", "officers-only"), ("done", "")]
    assert strict.door.moves == [RELEASED]


def test_an_order_whose_record_comes_too_late_opens_nothing(ordered: Ordered) -> None:
    ordered.take()
    ordered.time += 15
    ordered.door.commit_all()

    assert ordered.door.moves == []
    assert ordered.outcomes() == [("refused", "expired")]
    assert ordered.door.statement(RecordKind.NOT_RELEASED).reason is Reason.LATE


def test_a_lockdown_that_comes_before_the_record_is_on_disk_opens_nothing(ordered: Ordered) -> None:
    ordered.take()
    lock_down(ordered)
    ordered.door.commit_all()

    assert ordered.door.moves == []
    assert ordered.outcomes() == [("refused", "lockdown")]
    assert ordered.door.statement(RecordKind.NOT_RELEASED).reason is Reason.LOCKDOWN


def test_a_suspension_that_comes_before_the_record_is_on_disk_opens_nothing(ordered: Ordered) -> None:
    ordered.take()
    ordered.door.deny_list.suspend(frozenset({"grace"}))
    ordered.door.commit_all()

    assert ordered.door.moves == []
    assert ordered.outcomes() == [("refused", "suspended-admin")]
    withheld = ordered.door.statement(RecordKind.NOT_RELEASED)
    assert (withheld.reason, withheld.detail) == (Reason.ORDER, "suspended-admin")


def test_an_order_that_cannot_be_recorded_opens_nothing_and_may_be_handed_on_again(ordered: Ordered) -> None:
    ordered.take()
    ordered.door.fail()
    moved = list(ordered.door.moves)
    ordered.take()
    ordered.door.commit_all()

    assert moved == []
    assert ordered.outcomes() == [("refused", "audit-failed"), ("done", "")]
