"""What the answer tells whoever changes what a zone asks for: what it is now, and whom it denies."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from doorctl.core.model import Factor, Status, ZoneKind
from doorctl.policy.rows import FactorTime
from doorctl.wire.commands import (
    GrantAdd,
    GroupAdd,
    GroupJoin,
    PersonAdd,
    PersonSet,
    PinSet,
    Revoke,
    ScheduleSet,
    ZoneSet,
)
from doorctl.wire.rights import ZoneFactorSet
from tests.hub.builders import NOON, NOON_SECONDS, ASite, a_private

BOTH = ZoneFactorSet("lab", Factor.CARD_AND_PIN)
TWO = ZoneFactorSet("lab", persons=2)


@pytest.fixture
def lab(site: ASite) -> ASite:
    """A lab that Ada, with a PIN, and Alan and Grace, without, have a grant for."""
    site.ask(ZoneSet("lab", ZoneKind.FLOOR))
    site.ask(ScheduleSet("days", ()))
    for group in ("staff", "guards"):
        site.ask(GroupAdd(group))
    for holder in ("ada", "alan", "grace"):
        site.ask(PersonAdd(holder), a_private(handle=holder))
        site.ask(GroupJoin("staff", holder))
    site.ask(PinSet("ada"), a_private(pin="4711"))
    site.ask(GrantAdd("g1", "lab", group="staff"))
    return site


def told(site: ASite, do: ZoneFactorSet, *, at: datetime = NOON) -> str:
    response = site.ask(do, at=at)
    assert response.verdict == "accepted"
    return response.text


def test_all_that_it_asks_for_is_told(lab: ASite) -> None:
    lab.ask(GroupJoin("guards", "ada"))
    asked = replace(TWO, factor=Factor.CARD_OR_PIN, times=(FactorTime("days", Factor.CARD),), persons_group="guards")

    assert told(lab, asked) == (
        "lab asks for card-or-pin, or by the clock days=card, of 2 persons together, one of them of guards"
    )


@pytest.mark.parametrize(
    "do", [BOTH, ZoneFactorSet("lab", Factor.PIN), ZoneFactorSet("lab", times=(FactorTime("days", Factor.PIN),))]
)
def test_who_has_a_grant_and_no_pin_is_counted_where_one_is_asked_for(lab: ASite, do: ZoneFactorSet) -> None:
    assert told(lab, do).endswith("; 2 of 3 with a grant have no PIN and are denied where it asks for one")


def test_who_would_be_denied_anyhow_is_not_counted(lab: ASite) -> None:
    lab.ask(Revoke("lab", group="staff"))
    lab.ask(GrantAdd("g2", "lab", holder="ada"))
    lab.ask(GrantAdd("g3", "lab", holder="alan", valid_until=NOON_SECONDS + 60))
    lab.ask(GrantAdd("g4", "lab", holder="grace"))
    lab.ask(PersonSet("grace", Status.SUSPENDED))

    assert told(lab, BOTH, at=NOON + timedelta(minutes=2)) == "lab asks for card-and-pin"


def test_where_nobody_has_a_grant_nobody_is_told_of(lab: ASite) -> None:
    lab.ask(Revoke("lab", group="staff"))

    assert told(lab, BOTH) == "lab asks for card-and-pin"


@pytest.mark.parametrize(
    ("do", "ending"),
    [
        (replace(TWO, persons=4), "of 4 persons together; only 3 have a grant: it opens for nobody"),
        (replace(TWO, persons=3), "of 3 persons together"),
        (
            replace(TWO, persons_group="guards"),
            "one of them of guards; nobody of guards has a grant: it opens for nobody",
        ),
        (replace(TWO, persons_group="staff"), "one of them of staff"),
        (replace(TWO, persons=1, persons_group="guards"), "lab asks for card"),
    ],
)
def test_it_is_told_when_so_many_never_come_together(lab: ASite, do: ZoneFactorSet, ending: str) -> None:
    assert told(lab, do).endswith(ending)
