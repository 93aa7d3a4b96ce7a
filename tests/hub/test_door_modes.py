"""The modes of doors at the hub: who sets and commands them, what depends on them, what waits for a second admin."""

import msgspec
import pytest

from doorctl.core.model import ZoneKind
from doorctl.core.modes import COMMANDED, OPENING, Mode
from doorctl.policy.rows import ModeTime
from doorctl.wire.commands import (
    DoorRemove,
    DoorSet,
    GroupAdd,
    GroupJoin,
    GroupRemove,
    HolidayAdd,
    PersonAdd,
    ScheduleRemove,
    ScheduleSet,
    Verb,
    ZoneSet,
)
from doorctl.wire.door_words import DoorModeSet, DoorOverrideEnd, DoorOverrideSet
from doorctl.wire.questions import ListRows
from doorctl.wire.results import Page
from doorctl.wire.rights import ZoneRuleSet
from tests.hub.builders import NOON_SECONDS as AT
from tests.hub.builders import ASite, a_private

SHOP = DoorModeSet("shop", Mode.CARD, (ModeTime("days", Mode.FIRST_PERSON_IN),), office_group="keepers")
ALL_DAY = DoorOverrideSet("shop", Mode.UNLOCKED, valid_until=AT + 3600)
LOCKED = DoorOverrideSet("shop", Mode.LOCKED)


@pytest.fixture
def shop(site: ASite) -> ASite:
    """A site with a door into a shop, one into a vault, a schedule and those who keep the shop."""
    site.ask(ZoneSet("ground", ZoneKind.FLOOR))
    site.ask(ZoneSet("vault", ZoneKind.SERVER_ROOM))
    site.ask(DoorSet("shop", "ground"))
    site.ask(ScheduleSet("days", ()))
    site.ask(GroupAdd("keepers"))
    return site


def modes(site: ASite) -> list[tuple[object, ...]]:
    return site.rows("SELECT door, zone, mode, times, office_group FROM door_modes")


def commanded(site: ASite) -> list[tuple[object, ...]]:
    return site.rows("SELECT door, zone, mode, valid_until FROM door_overrides")


def test_the_modes_of_a_door_stand_in_the_policy_with_its_zone(shop: ASite) -> None:
    assert shop.ask(SHOP).verdict == "accepted"
    assert modes(shop) == [("shop", "ground", "card", '[{"schedule":"days","mode":"first-person-in"}]', "keepers")]
    assert shop.ask(SHOP).verdict == "done"


def test_a_door_that_is_opened_by_cards_alone_has_no_row(shop: ASite) -> None:
    shop.ask(SHOP)

    shop.ask(DoorModeSet("shop"))

    assert modes(shop) == []


@pytest.mark.parametrize(
    ("do", "grants"),
    [
        (DoorOverrideSet("shop", Mode.UNLOCKED), 1),
        (DoorOverrideSet("shop", Mode.CARD), 0),
        (LOCKED, 0),
        (DoorOverrideEnd("shop"), 1),
        (SHOP, 1),
        (DoorModeSet("shop", Mode.CARD), 0),
    ],
)
def test_what_may_let_more_in_by_a_door_counts_as_a_grant_within_the_hour(shop: ASite, do: Verb, grants: int) -> None:
    if do == DoorOverrideEnd("shop"):
        shop.ask(LOCKED)
    else:
        shop.ask(DoorModeSet("shop", office_group="keepers"))

    assert shop.ask(do).verdict == "accepted"
    assert shop.rows("SELECT grants FROM given_commands ORDER BY rowid DESC LIMIT 1") == [(grants,)]


@pytest.mark.parametrize("mode", sorted(COMMANDED))
def test_what_is_commanded_stands_in_the_policy_until_it_is_ended(shop: ASite, mode: Mode) -> None:
    assert shop.ask(DoorOverrideSet("shop", mode)).verdict == "accepted"
    assert commanded(shop) == [("shop", "ground", mode, None)]
    assert shop.ask(DoorOverrideSet("shop", mode)).verdict == "done"
    assert shop.ask(DoorOverrideEnd("shop")).verdict == "accepted"
    assert commanded(shop) == []
    assert shop.ask(DoorOverrideEnd("shop")).verdict == "done"


@pytest.mark.parametrize(
    ("do", "reason"),
    [
        (DoorModeSet("attic"), "unknown-door"),
        (DoorModeSet("shop", times=(ModeTime("nights", Mode.LOCKED),)), "unknown-schedule"),
        (DoorModeSet("shop", Mode.OFFICE, office_group="nobody"), "unknown-group"),
        (DoorModeSet("shop", Mode.OFFICE), "bad-mode"),
        (DoorModeSet("shop", times=(ModeTime("days", Mode.OFFICE),)), "bad-mode"),
        (DoorModeSet("shop", Mode.FIRST_PERSON_IN), "bad-mode"),
        (DoorOverrideSet("attic", Mode.CARD), "unknown-door"),
        (DoorOverrideSet("shop", Mode.OFFICE), "bad-mode"),
        (DoorOverrideSet("shop", Mode.FIRST_PERSON_IN), "bad-mode"),
        (DoorOverrideSet("shop", Mode.CARD, valid_until=AT), "bad-time"),
        (DoorOverrideEnd("attic"), "unknown-door"),
    ],
)
def test_what_cannot_be_is_refused_by_name(shop: ASite, do: Verb, reason: str) -> None:
    assert shop.ask(do).reason == reason


@pytest.mark.parametrize("mode", sorted(OPENING))
def test_no_door_into_a_strict_zone_may_stay_unlocked(shop: ASite, mode: Mode) -> None:
    shop.ask(ZoneRuleSet("vault", strict=True))
    shop.ask(DoorSet("vault-door", "vault"))
    by_the_clock = DoorModeSet("vault-door", times=(ModeTime("days", mode),), office_group="keepers")

    assert shop.ask(by_the_clock).reason == "strict-zone"
    assert shop.ask(DoorModeSet("vault-door", times=(ModeTime("days", Mode.LOCKED),))).verdict == "accepted"


def test_no_command_unlocks_a_door_into_a_strict_zone_and_one_locks_it(shop: ASite) -> None:
    shop.ask(ZoneRuleSet("vault", strict=True))
    shop.ask(DoorSet("vault-door", "vault"))

    assert shop.ask(DoorOverrideSet("vault-door", Mode.UNLOCKED)).reason == "strict-zone"
    assert shop.ask(DoorOverrideSet("vault-door", Mode.LOCKED)).verdict == "accepted"


@pytest.mark.parametrize("do", [SHOP, ALL_DAY])
def test_neither_does_a_zone_become_strict_nor_a_door_lead_into_one_that_may_stay_unlocked(
    shop: ASite, do: Verb
) -> None:
    shop.ask(do)
    shop.ask(ZoneRuleSet("vault", strict=True))

    assert shop.ask(ZoneRuleSet("ground", strict=True)).reason == "strict-zone"
    assert shop.ask(DoorSet("shop", "vault")).reason == "strict-zone"


def test_modes_move_with_their_door_and_go_with_it(shop: ASite) -> None:
    shop.ask(ZoneSet("cellar", ZoneKind.FLOOR))
    shop.ask(SHOP)
    shop.ask(ALL_DAY)

    shop.ask(DoorSet("shop", "cellar"))
    moved = [row[:2] for row in (*modes(shop), *commanded(shop))]
    shop.ask(DoorRemove("shop"))

    assert moved == [("shop", "cellar")] * 2
    assert [*modes(shop), *commanded(shop)] == []


def test_neither_its_schedule_nor_its_group_goes(shop: ASite) -> None:
    shop.ask(SHOP)

    assert shop.ask(ScheduleRemove("days")).reason == "schedule-in-use"
    assert shop.ask(GroupRemove("keepers")).reason == "group-in-use"


def test_nobody_ends_sooner_by_a_command_to_lock_what_locks_a_door(shop: ASite) -> None:
    until = msgspec.structs.replace(LOCKED, valid_until=AT + 3600)
    shop.ask(until)

    assert shop.ask(msgspec.structs.replace(LOCKED, valid_until=AT + 3599)).reason == "bad-time"
    assert shop.ask(LOCKED).verdict == "accepted"
    assert shop.ask(until).reason == "bad-time"
    assert shop.ask(ALL_DAY).verdict == "accepted"
    assert shop.ask(until).verdict == "accepted"


@pytest.mark.parametrize("until", [None, AT + 3600])
def test_nobody_unlocks_a_door_by_locking_it_for_less_than_it_is_closed_by_command(
    shop: ASite, until: int | None
) -> None:
    shop.ask(DoorModeSet("shop", Mode.UNLOCKED))
    shop.ask(DoorOverrideSet("shop", Mode.CARD, valid_until=until))

    assert shop.ask(DoorOverrideSet("shop", Mode.LOCKED, valid_until=AT + 1)).reason == "bad-time"
    assert commanded(shop) == [("shop", "ground", "card", until)]
    assert shop.ask(DoorOverrideSet("shop", Mode.LOCKED, valid_until=until)).verdict == "accepted"


def test_a_door_that_never_stays_unlocked_is_locked_for_as_short_as_one_likes(shop: ASite) -> None:
    shop.ask(DoorOverrideSet("shop", Mode.CARD))

    assert shop.ask(DoorOverrideSet("shop", Mode.LOCKED, valid_until=AT + 1)).verdict == "accepted"


def test_expired_trust_unlocks_no_door_by_a_command_to_lock_it(shop: ASite) -> None:
    shop.ask(DoorModeSet("shop", Mode.UNLOCKED))
    shop.ask(DoorOverrideSet("shop", Mode.CARD))
    shop.trust_expires = AT - 1
    shop.hub = shop.a_hub()

    assert shop.ask(DoorOverrideEnd("shop")).reason == "trust-expired"
    assert shop.ask(DoorOverrideSet("shop", Mode.LOCKED, valid_until=AT + 1)).reason == "bad-time"
    assert shop.ask(LOCKED).verdict == "accepted"


@pytest.mark.parametrize(
    ("before", "do", "waits"),
    [
        (None, SHOP, True),
        (None, DoorModeSet("shop", Mode.LOCKED), False),
        (DoorModeSet("shop", Mode.LOCKED), DoorModeSet("shop"), True),
        (DoorModeSet("shop", Mode.LOCKED), DoorModeSet("shop", times=(ModeTime("days", Mode.LOCKED),)), True),
        (SHOP, DoorModeSet("shop"), False),
        (SHOP, ScheduleSet("days", (), holidays="ignore"), True),  # type: ignore[arg-type]
        (SHOP, HolidayAdd("2027-05-01"), True),
        (SHOP, GroupJoin("keepers", "h1"), True),
        (None, ALL_DAY, True),
        (None, LOCKED, False),
        (SHOP, DoorOverrideSet("shop", Mode.CARD), False),
        (DoorModeSet("shop", Mode.LOCKED), DoorOverrideSet("shop", Mode.CARD), True),
        (LOCKED, DoorOverrideSet("shop", Mode.CARD), True),
        (LOCKED, DoorOverrideEnd("shop"), True),
        (ALL_DAY, DoorOverrideEnd("shop"), False),
        (ALL_DAY, LOCKED, False),
    ],
)
def test_what_may_let_in_more_waits_for_a_second_admin(
    shop: ASite, before: Verb | None, do: Verb, *, waits: bool
) -> None:
    shop.ask(PersonAdd("h1"), a_private(handle="ada"))
    if before is not None:
        shop.ask(before)
    shop.ask(ZoneRuleSet("ground", approvals=2))

    assert (shop.ask(do).verdict == "pending") is waits


def test_the_end_of_a_command_to_close_an_unlocked_door_waits_for_a_second_admin(shop: ASite) -> None:
    shop.ask(SHOP)
    shop.ask(DoorOverrideSet("shop", Mode.CARD))
    shop.ask(ZoneRuleSet("ground", approvals=2))

    assert shop.ask(DoorOverrideEnd("shop")).verdict == "pending"


@pytest.mark.parametrize(
    ("until", "waits"), [(AT + 1, True), (AT + 3599, True), (AT + 3600, False), (AT + 3601, False), (None, False)]
)
def test_to_close_an_unlocked_door_for_less_than_before_waits_for_a_second_admin(
    shop: ASite, until: int | None, *, waits: bool
) -> None:
    shop.ask(SHOP)
    shop.ask(DoorOverrideSet("shop", Mode.CARD, valid_until=AT + 3600))
    shop.ask(ZoneRuleSet("ground", approvals=2))

    assert (shop.ask(DoorOverrideSet("shop", Mode.CARD, valid_until=until)).verdict == "pending") is waits


def test_a_list_of_doors_tells_their_modes_and_what_was_commanded(shop: ASite) -> None:
    shop.ask(SHOP)
    shop.ask(ALL_DAY)

    (row,) = shop.ask_for(ListRows("doors"), Page).rows

    assert row == {
        "door": "shop",
        "zone": "ground",
        "mode": "card",
        "mode_times": '[{"schedule":"days","mode":"first-person-in"}]',
        "office_group": "keepers",
        "commanded": "unlocked",
        "commanded_until": AT + 3600,
    }
