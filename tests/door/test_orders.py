"""Orders at the door that are carried out: recorded first, then done, and what became of them is told."""

import pytest

from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.policy.building import DoorPlace, PolicyPosition
from doorctl.trust.note import AdminKeys, HubKeys, Trust
from doorctl.wire.bell import CarriedOut
from doorctl.wire.orders import NO_LONGER, Deed, DenyAdmin, DenyCard, DenyHolder, HoldOpenUntil, LockDown
from tests.core import builders
from tests.door.hand_driven import ADMITTED, RELEASED, SECURED
from tests.door.ordered import ID, NOW, OPEN, Ordered


def test_an_order_to_open_is_recorded_and_then_carried_out_and_told(ordered: Ordered) -> None:
    ordered.take()
    before = list(ordered.door.done)
    ordered.door.commit_all()

    assert before == ["record order"]
    assert ordered.door.moves == [RELEASED]
    assert ordered.told == [CarriedOut(ID, "done", "", 0)]
    assert ordered.door.statement(RecordKind.RELEASED).of == 0


def test_the_record_of_an_order_names_the_admin_the_command_and_the_place(ordered: Ordered) -> None:
    ordered.take(command="c" * 32)

    record = ordered.door.statement(RecordKind.ORDER)
    assert record.detail == f"open admin=grace command={'c' * 32}"
    assert (record.door, record.zone, record.outcome) == ("front", "floor-3", Outcome.GRANTED)
    assert record.reason is Reason.ORDER


def test_an_order_to_hold_open_ends_at_its_time(ordered: Ordered) -> None:
    ordered.take(HoldOpenUntil("front", NOW + 600))
    ordered.door.commit_all()
    deadline = ordered.door.doorway.next_deadline
    ordered.door.doorway.tick(ordered.door.now + 599)
    during = list(ordered.door.moves)
    ordered.door.doorway.tick(ordered.door.now + 600)

    assert deadline == ordered.door.now + 600
    assert (during, ordered.door.moves) == ([RELEASED], [RELEASED, SECURED])


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (DoorPlace("floor-3", locked_down=True), Reason.LOCKDOWN),
        (DoorPlace("floor-3", needs_upgrade=True), Reason.NEEDS_UPGRADE),
    ],
)
def test_a_lockdown_and_what_may_be_one_end_what_is_held_open(
    ordered: Ordered, place: DoorPlace, reason: Reason
) -> None:
    ordered.take(HoldOpenUntil("front", NOW + 600))
    ordered.door.commit_all()
    ordered.door.doorway.move_to(place)

    assert ordered.door.moves == [RELEASED, SECURED]
    assert ordered.door.statement(RecordKind.RELOCKED).reason is reason


def test_an_order_ends_what_is_held_open_and_lets_who_is_let_in_pass(ordered: Ordered) -> None:
    ordered.take(HoldOpenUntil("front", NOW + 600))
    ordered.door.present()
    ordered.door.commit_all()
    ordered.take(HoldOpenUntil("front", NO_LONGER), id_="1" * 32)
    ordered.door.commit_all()
    during = list(ordered.door.moves)
    ordered.door.doorway.tick(ordered.door.now + 5)

    assert (during, ordered.door.moves) == ([RELEASED, RELEASED], [RELEASED, RELEASED, SECURED])
    assert ordered.outcomes() == [("done", "")] * 2
    assert ordered.door.statements[-1].kind is RecordKind.RELOCKED


def test_to_hold_a_door_open_no_longer_takes_nothing_but_an_admin() -> None:
    strict = Ordered(strict_zone="floor-3")
    strict.take(HoldOpenUntil("front", NOW + 600), by_officer=True)
    strict.door.commit_all()
    strict.take(HoldOpenUntil("front", NO_LONGER), id_="1" * 32)
    strict.take(HoldOpenUntil("front", NO_LONGER), id_="2" * 32)
    strict.take(HoldOpenUntil("back", NO_LONGER), id_="3" * 32)
    strict.door.commit_all()

    assert strict.door.moves == [RELEASED, SECURED]
    assert strict.outcomes() == [("done", "")] * 3 + [("refused", "unknown-door")]
    orders = [it.detail for it in strict.door.statements if it.kind is RecordKind.ORDER]
    assert orders[-1].startswith("hold-end unknown-door")


@pytest.mark.parametrize(("admins", "moves"), [({"grace"}, [RELEASED, SECURED]), ({"alan"}, [RELEASED])])
def test_what_a_suspended_admin_holds_open_ends(ordered: Ordered, admins: set[str], moves: list[str]) -> None:
    ordered.take(HoldOpenUntil("front", NOW + 600))
    ordered.door.commit_all()
    ordered.door.deny_list.suspend(frozenset(admins))
    ordered.door.doorway.end_what_is_denied()

    assert ordered.door.moves == moves


@pytest.mark.parametrize("deed", [DenyHolder("ada", 9), DenyCard(builders.KEY, 9)])
def test_to_deny_counts_at_once_whatever_becomes_of_its_record(ordered: Ordered, deed: Deed) -> None:
    ordered.take(deed)
    ordered.door.fail()

    assert ordered.door.deny_list.denies(builders.a_request(), ADMITTED)
    assert ordered.outcomes() == [("done", "")]


def test_to_deny_ends_what_was_released_for_the_holder(ordered: Ordered) -> None:
    ordered.door.present()
    ordered.door.commit_all()
    ordered.take(DenyHolder("ada", 9))

    assert ordered.door.moves == [RELEASED, SECURED]


def test_an_order_to_deny_that_its_policy_has_overtaken_ends_what_was_released_before(ordered: Ordered) -> None:
    ordered.door.present()
    ordered.door.commit_all()
    ordered.door.position = PolicyPosition(1, 9)
    ordered.take(DenyHolder("grace", 9))
    others = list(ordered.door.moves)
    ordered.take(DenyHolder("ada", 9), id_="1" * 32)
    ordered.door.commit_all()

    assert (others, ordered.door.moves) == ([RELEASED], [RELEASED, SECURED])
    assert ordered.outcomes() == [("refused", "passed")] * 2
    assert not ordered.door.deny_list.denies(builders.a_request(), ADMITTED)


def test_an_old_order_to_deny_that_somebody_repeats_ends_nothing_that_a_later_policy_has_let_begin(
    ordered: Ordered,
) -> None:
    ordered.door.position = PolicyPosition(1, 9)
    ordered.door.present()
    ordered.door.commit_all()
    ordered.take(DenyHolder("ada", 9))

    assert ordered.door.moves == [RELEASED]


@pytest.mark.parametrize(
    ("position", "epoch"), [(PolicyPosition(1, 9), 1), (PolicyPosition(2, 1), 1), (PolicyPosition(1, 9), 0)]
)
def test_who_orders_to_deny_what_our_policy_is_beyond_is_told_that_nobody_is_denied_by_it(
    ordered: Ordered, position: PolicyPosition, epoch: int
) -> None:
    ordered.door.position = position
    ordered.take(DenyHolder("ada", 9), epoch=epoch)
    ordered.door.commit_all()

    assert not ordered.door.deny_list.denies(builders.a_request(), ADMITTED)
    assert ordered.outcomes() == [("refused", "passed")]
    assert ordered.door.statement(RecordKind.ORDER).outcome is Outcome.DENIED


def test_an_order_of_a_later_epoch_denies_until_the_policy_is_of_that_epoch(ordered: Ordered) -> None:
    ordered.door.position = PolicyPosition(1, 50)
    ordered.take(DenyHolder("ada", 9), epoch=2)
    denied = []
    for position in (PolicyPosition(1, 51), PolicyPosition(2, 8), PolicyPosition(2, 9)):
        ordered.door.deny_list.forget(position)
        denied.append(ordered.door.deny_list.denies(builders.a_request(), ADMITTED))

    assert denied == [True, True, False]


def test_whoever_is_denied_twice_is_denied_until_the_later_revision(ordered: Ordered) -> None:
    ordered.take(DenyHolder("ada", 20))
    ordered.take(DenyHolder("ada", 10), id_="1" * 32)
    ordered.door.deny_list.forget(PolicyPosition(1, 10))

    assert ordered.door.deny_list.denies(builders.a_request(), ADMITTED)


def test_an_order_to_lock_down_denies_cards_and_orders_and_ends_what_is_held_open(ordered: Ordered) -> None:
    ordered.take(HoldOpenUntil("front", NOW + 600))
    ordered.door.commit_all()
    ordered.take(LockDown("floor-3", 9), id_="1" * 32)
    ordered.door.commit_all()
    ordered.door.present()
    ordered.take(id_="2" * 32)
    ordered.door.commit_all()

    assert ordered.door.moves == [RELEASED, SECURED]
    assert ordered.door.statement(RecordKind.DECISION).reason is Reason.LOCKDOWN
    assert ordered.outcomes() == [("done", ""), ("done", ""), ("refused", "lockdown")]


def test_a_grant_whose_record_was_under_way_is_withheld_by_an_order_to_lock_down(ordered: Ordered) -> None:
    ordered.door.present()
    ordered.take(LockDown("*", 9))
    ordered.door.commit_all()

    assert ordered.door.moves == []


def test_an_order_to_lock_another_zone_down_denies_nobody_here(ordered: Ordered) -> None:
    ordered.take(LockDown("floor-4", 9))
    ordered.door.present()
    ordered.door.commit_all()

    assert ordered.door.moves == [RELEASED]


def test_an_order_to_lock_down_ends_with_the_policy_that_says_it(ordered: Ordered) -> None:
    ordered.take(LockDown("floor-3", 9))
    before = ordered.door.doorway.is_locked_down
    ordered.door.deny_list.forget(PolicyPosition(1, 9))

    assert (before, ordered.door.doorway.is_locked_down) == (True, False)


def test_an_order_against_an_admin_ends_what_they_hold_open_and_refuses_their_orders(ordered: Ordered) -> None:
    ordered.take(HoldOpenUntil("front", NOW + 600))
    ordered.door.commit_all()
    ordered.take(DenyAdmin("grace", 9), id_="1" * 32)
    ordered.take(id_="2" * 32)
    ordered.door.commit_all()

    assert ordered.door.moves == [RELEASED, SECURED]
    assert ordered.outcomes() == [("done", ""), ("done", ""), ("refused", "suspended-admin")]


def trust_of(**roles: tuple[str, ...]) -> Trust:
    """Make trust that names these admins with these roles."""
    admins = tuple(AdminKeys(name, b"s" * 32, b"b" * 32, roles=held) for name, held in roles.items())
    return Trust("hq", 2, (b"r" * 32,), HubKeys("hub.hq", b"s" * 32, b"b" * 32), admins, ())


@pytest.mark.parametrize(
    ("trust", "is_strict", "moves"),
    [
        (trust_of(alan=("officer",)), False, [RELEASED, SECURED]),
        (trust_of(grace=("clerk", "auditor")), False, [RELEASED, SECURED]),
        (trust_of(grace=("host",)), False, [RELEASED, SECURED]),
        (trust_of(grace=("admin",)), False, [RELEASED]),
        (trust_of(grace=("admin",)), True, [RELEASED, SECURED]),
        (trust_of(grace=("officer",)), True, [RELEASED]),
    ],
    ids=["no longer trusted", "clerk", "host", "admin", "admin at a strict door", "officer at a strict door"],
)
def test_what_an_admin_holds_open_ends_with_trust_by_which_they_may_not(
    trust: Trust, is_strict: bool, moves: list[str]
) -> None:
    ordered = Ordered(strict_zone="floor-3" if is_strict else None)
    ordered.take(HoldOpenUntil("front", NOW + 600), by_officer=True)
    ordered.door.commit_all()
    ordered.door.deny_list.believe(trust)
    ordered.door.doorway.end_what_is_denied()

    assert ordered.door.moves == moves


@pytest.mark.parametrize(("role", "moves"), [("admin", [RELEASED, SECURED]), ("officer", [RELEASED])])
def test_what_an_admin_holds_open_ends_with_a_policy_that_makes_the_door_strict(role: str, moves: list[str]) -> None:
    ordered = Ordered()
    ordered.door.deny_list.believe(trust_of(grace=(role,)))
    ordered.take(HoldOpenUntil("front", NOW + 600))
    ordered.door.commit_all()
    ordered.door.doorway.move_to(DoorPlace("vault", strict=True))

    assert ordered.door.moves == moves


@pytest.mark.parametrize(
    ("deed", "subject"),
    [
        (DenyHolder("ada", 9), "holder:ada"),
        (DenyCard(b"k" * 32, 9), f"credential:{b'k'.hex() * 32}"),
        (LockDown("floor-3", 9), ""),
        (OPEN, ""),
    ],
)
def test_whom_an_order_is_about_stands_beside_its_record_and_not_in_it(
    ordered: Ordered, deed: Deed, subject: str
) -> None:
    ordered.take(deed)

    draft = ordered.door.waiting[0].draft
    assert draft.subject == subject
    assert "ada" not in draft.statement.detail
