"""Orders at the door: once, recorded first, refused by name, and what became of them told again."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorctl.audit.leaf import Draft
from doorctl.audit.state import MOST_ORDERS, Memory, OrderAnswered, read_memory
from doorctl.audit.writer import Committed, Verdict
from doorctl.core.order_rules import MAX_HOLD_OPEN_SECONDS
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.door.orders import Orders
from doorctl.policy.building import DoorPlace, PolicyPosition
from doorctl.wire.bell import CarriedOut, CarryOut
from doorctl.wire.orders import NO_LONGER, Deed, DenyCard, DenyHolder, HoldOpenUntil, OpenNow
from tests.audit.logs import a_log
from tests.core import builders
from tests.door.hand_driven import ADMITTED, RELEASED, SECURED, HandDrivenDoorway

NOW = 1_800_000_000
ID = "0" * 32
OPEN = OpenNow("front")


class Ordered:
    """A doorway, and who carries out its orders; its disk is in the test's hand."""

    def __init__(self, *, memory: Memory | None = None, strict_zone: str | None = None) -> None:
        self.door = HandDrivenDoorway(strict_zone=strict_zone)
        self.door.doorway.move_to(DoorPlace("floor-3"))
        self.told: list[CarriedOut] = []
        self.time = float(NOW)
        self.orders = Orders(
            {"front": self.door.doorway},
            deny_list=self.door.deny_list,
            answered=(memory or Memory()).orders,
            statements=self.door.around.statements,
            submit=self.door.around.submit,
            tell=self.told.append,
            position=lambda: self.door.position,
            clock=lambda: datetime.fromtimestamp(self.time, UTC),
        )

    def take(self, deed: Deed = OPEN, *, id_: str = ID, by_officer: bool = False, expires: int = NOW + 15) -> None:
        """Hand an order on, as the keeper does."""
        self.orders.take(CarryOut(id_, "grace", expires, deed, by_officer))

    def outcomes(self) -> list[tuple[str, str]]:
        """What the keeper was told."""
        return [(told.outcome, told.reason) for told in self.told]


@pytest.fixture
def ordered() -> Ordered:
    return Ordered()


def test_an_order_to_open_is_recorded_and_then_carried_out_and_told(ordered: Ordered) -> None:
    ordered.take()
    before = list(ordered.door.done)
    ordered.door.commit_all()

    assert before == ["record order"]
    assert ordered.door.moves == [RELEASED]
    assert ordered.told == [CarriedOut(ID, "done", "", 0)]
    assert ordered.door.statement(RecordKind.RELEASED).of == 0


def test_the_record_of_an_order_names_the_admin_the_order_and_the_place(ordered: Ordered) -> None:
    ordered.take()

    record = ordered.door.statement(RecordKind.ORDER)
    assert record.detail == f"open admin=grace id={ID}"
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


def test_a_suspension_that_comes_before_the_record_is_on_disk_opens_nothing(ordered: Ordered) -> None:
    ordered.take()
    ordered.door.deny_list.suspend(frozenset({"grace"}))
    ordered.door.commit_all()

    assert ordered.door.moves == []
    assert ordered.outcomes() == [("refused", "suspended-admin")]
    withheld = ordered.door.statement(RecordKind.NOT_RELEASED)
    assert (withheld.reason, withheld.detail) == (Reason.ORDER, "suspended-admin")


def test_an_order_that_comes_twice_is_carried_out_once_and_its_answer_told_again(ordered: Ordered) -> None:
    ordered.take()
    ordered.take()
    ordered.door.commit_all()
    ordered.take()
    ordered.door.commit_all()

    assert ordered.door.moves == [RELEASED]
    assert ordered.told == [CarriedOut(ID, "done", "", 0)] * 2


def refuse_lockdown(ordered: Ordered) -> None:
    ordered.door.doorway.move_to(DoorPlace("floor-3", locked_down=True))


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
        (refuse_lockdown, OPEN, NOW + 15, "lockdown"),
        (refuse_lockdown, HoldOpenUntil("front", NOW + 60), NOW + 15, "lockdown"),
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
    refuse_lockdown(ordered)
    ordered.door.commit_all()

    assert ordered.door.moves == []
    assert ordered.outcomes() == [("refused", "lockdown")]
    assert ordered.door.statement(RecordKind.NOT_RELEASED).reason is Reason.LOCKDOWN


def test_an_order_that_cannot_be_recorded_opens_nothing_and_may_be_handed_on_again(ordered: Ordered) -> None:
    ordered.take()
    ordered.door.fail()
    moved = list(ordered.door.moves)
    ordered.take()
    ordered.door.commit_all()

    assert moved == []
    assert ordered.outcomes() == [("refused", "audit-failed"), ("done", "")]


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


def test_to_deny_what_the_policy_says_already_denies_nobody(ordered: Ordered) -> None:
    ordered.door.position = PolicyPosition(1, 9)
    ordered.take(DenyHolder("ada", 9))

    assert not ordered.door.deny_list.denies(builders.a_request(), ADMITTED)


@pytest.mark.parametrize(
    ("deed", "subject"),
    [(DenyHolder("ada", 9), "holder:ada"), (DenyCard(b"k" * 32, 9), f"credential:{b'k'.hex() * 32}"), (OPEN, "")],
)
def test_whom_an_order_is_about_stands_beside_its_record_and_not_in_it(
    ordered: Ordered, deed: Deed, subject: str
) -> None:
    ordered.take(deed)

    draft = ordered.door.waiting[0].draft
    assert draft.subject == subject
    assert "ada" not in draft.statement.detail


def test_only_so_many_answers_are_kept(ordered: Ordered) -> None:
    for number in range(MOST_ORDERS + 1):
        ordered.take(OpenNow("back"), id_=f"{number:032x}")
        ordered.door.commit()
    ordered.take(OpenNow("back"), id_=f"{0:032x}")

    assert len(ordered.door.waiting) == 1


class OnDisk:
    """A log on disk that commits whatever the door hands to it, at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = a_log(path)

    def restarted(self) -> Ordered:
        """Begin again with what the log remembers."""
        self.log.close()
        self.log = a_log(self.path)
        ordered = Ordered(memory=read_memory(self.path))
        ordered.door.submit_to(self.submit)
        return ordered

    def submit(self, drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        done(Committed(self.log.append(drafts)))


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[OnDisk]:
    on_disk = OnDisk(tmp_path / "audit.db")
    with closing(on_disk.log):
        yield on_disk
    on_disk.log.close()


def test_an_order_that_is_replayed_after_a_restart_opens_nothing_and_is_told_again(on_disk: OnDisk) -> None:
    first = on_disk.restarted()
    first.take()
    second = on_disk.restarted()
    second.take()

    assert (first.door.moves, second.door.moves) == ([RELEASED], [])
    assert second.told == first.told
    assert read_memory(on_disk.path).orders[ID][0] == OrderAnswered(ID, "done")


def test_an_order_that_was_refused_after_its_record_is_told_as_refused_after_a_restart(on_disk: OnDisk) -> None:
    first = on_disk.restarted()

    def locked_down_before(drafts: list[Draft], done: Callable[[Verdict], None]) -> None:
        refuse_lockdown(first)
        on_disk.submit(drafts, done)

    first.door.submit_to(locked_down_before)
    first.take()
    second = on_disk.restarted()
    second.take()

    assert first.outcomes() == [("refused", "lockdown")]
    assert second.told == first.told
