"""What `why` and `who` tell of a door that is locked or unlocked, when that ends, and who may change it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from doorctl.core.model import ZoneKind
from doorctl.core.modes import Mode
from doorctl.core.reasons import Outcome, Reason
from doorctl.policy.rows import ModeTime
from doorctl.trust.note import Role
from doorctl.wire.commands import CardAdd, DoorSet, GrantAdd, PersonAdd, ScheduleSet, ZoneSet
from doorctl.wire.door_words import DoorModeSet, DoorOverrideSet
from doorctl.wire.questions import Why
from doorctl.wire.results import WhyResult
from doorctl.wire.rights import Lockdown
from doorctl.wire.who_words import Who, WhoPage
from tests.hub.builders import ADAS_CARD, NOON_SECONDS, ASite, a_private

LOCKED = DoorOverrideSet("shop", Mode.LOCKED, valid_until=NOON_SECONDS + 3600)


@pytest.fixture
def shop(site: ASite) -> ASite:
    """A site with a shop whose schedule never opens, and Ada, who may enter."""
    site.ask(ZoneSet("ground", ZoneKind.FLOOR))
    site.ask(DoorSet("shop", "ground"))
    site.ask(ScheduleSet("days", ()))
    site.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada"))
    site.ask(CardAdd("h1"), a_private(card=ADAS_CARD))
    site.ask(GrantAdd("g1", "ground", holder="h1"))
    return site


def why(site: ASite) -> WhyResult:
    return site.ask_for(Why("shop"), WhyResult, a_private(handle="ada"))


def who(site: ASite) -> WhoPage:
    return site.ask_for(Who("shop"), WhoPage)


def test_a_locked_door_is_the_reason_with_when_it_ends_and_who_may_change_it(shop: ASite) -> None:
    shop.ask(LOCKED)

    found = why(shop)
    (told,) = found.reasons

    assert (found.outcome, found.reason, found.mode, found.mode_by) == (
        Outcome.DENIED,
        Reason.DOOR_LOCKED,
        Mode.LOCKED,
        "command",
    )
    assert (told.ends_at, told.roles) == (NOON_SECONDS + 3600, (Role.ADMIN, Role.OFFICER))
    assert told.change is not None
    assert "doorctl door mode shop card" in told.change
    back = datetime.fromtimestamp(NOON_SECONDS + 3600, UTC)
    assert found.told == f"No access at this time. Please come back {back:%a %Y-%m-%d %H:%M}."


def test_nobody_could_open_a_locked_door(shop: ASite) -> None:
    shop.ask(LOCKED)

    page = who(shop)

    assert (page.lines, page.denied, page.mode) == ((), {Reason.DOOR_LOCKED: 1}, Mode.LOCKED)


@pytest.mark.parametrize("tell", [why, who])
def test_it_is_told_that_a_door_is_unlocked_and_by_what(
    shop: ASite, tell: Callable[[ASite], WhyResult | WhoPage]
) -> None:
    usual = tell(shop)
    shop.ask(DoorModeSet("shop", Mode.UNLOCKED, (ModeTime("days", Mode.LOCKED),)))
    unlocked = tell(shop)
    shop.ask(Lockdown("ground"))
    locked_down = tell(shop)

    told = [(each.mode, each.mode_by) for each in (usual, unlocked, locked_down)]
    assert told == [(Mode.CARD, "usual"), (Mode.UNLOCKED, "usual"), (Mode.CARD, "lockdown")]
