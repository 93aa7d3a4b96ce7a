"""Training at the hub: noted, asked for, told, and gone with whom it is about."""

import pytest

from doorctl.core.model import ZoneKind
from doorctl.core.reasons import Reason
from doorctl.policy.apply import position_of, recomputed_digest, rows_where
from doorctl.policy.rows import TrainingRow, ZoneTrainingRow
from doorctl.trust.note import Role
from doorctl.wire.commands import CardAdd, DoorSet, GrantAdd, PersonAdd, PersonRemove, Verb, ZoneRemove, ZoneSet
from doorctl.wire.held_results import HeldFound
from doorctl.wire.privacy import PersonErase, PersonHeld
from doorctl.wire.questions import ListRows, Why
from doorctl.wire.results import Page, WhyResult
from doorctl.wire.rights import Approve, ZoneRuleSet
from doorctl.wire.training_words import TrainingSet, ZoneTrainingSet
from doorctl.wire.who_words import Who, WhoPage
from tests.hub.builders import ADAS_CARD, ASite, a_private
from tests.hub.two_admins.requests import ask_for_grant, shown, the

TODAY, TOMORROW, LAST_YEAR = "2027-01-15", "2027-01-16", "2026-01-14"
LADDER = ZoneTrainingSet("roof", "ladder", 365)


@pytest.fixture
def roof(site: ASite) -> ASite:
    """Ada may enter the roof."""
    for do, private in (
        (PersonAdd("h1"), a_private(handle="ada")),
        (CardAdd("h1"), a_private(card=ADAS_CARD)),
        (ZoneSet("roof", ZoneKind.FLOOR), None),
        (DoorSet("front", "roof"), None),
        (GrantAdd("g1", "roof", holder="h1"), None),
    ):
        assert site.ask(do, private).verdict == "accepted"
    return site


def noted(site: ASite) -> list[TrainingRow]:
    assert position_of(site.connection).digest == recomputed_digest(site.connection)
    return rows_where(site.connection, TrainingRow, holder="h1")


def why(site: ASite) -> WhyResult:
    return site.ask_for(Why("front"), WhyResult, a_private(card=ADAS_CARD))


def test_a_training_is_noted_anew_and_taken_back(roof: ASite) -> None:
    told = []
    for day in (LAST_YEAR, TODAY, None):
        assert roof.ask(TrainingSet("h1", "ladder", day)).verdict == "accepted"
        told.append([row.day for row in noted(roof)])

    assert told == [[LAST_YEAR], [TODAY], []]


@pytest.mark.parametrize(
    ("do", "refusal"),
    [
        (TrainingSet("h1", "ladder", TOMORROW), "bad-date"),
        (TrainingSet("h1", "ladder", "9999-12-31"), "bad-date"),
        (TrainingSet("h1", "ladder", "2026-02-30"), "bad-date"),
        (TrainingSet("h9", "ladder", TODAY), "unknown-holder"),
        (ZoneTrainingSet("cellar", "ladder", 365), "unknown-zone"),
    ],
)
def test_what_cannot_be_is_refused_by_name(roof: ASite, do: Verb, refusal: str) -> None:
    assert roof.ask(do).reason == refusal
    assert noted(roof) == []


def test_why_tells_what_is_missing_and_who_may_note_it(roof: ASite) -> None:
    asked = roof.ask(LADDER)
    told = [why(roof)]
    for day in (LAST_YEAR, TODAY):
        roof.ask(TrainingSet("h1", "ladder", day))
        told.append(why(roof))

    assert asked.text == "roof asks for ladder within 365 d; 1 of 1 with a grant have not, and are denied"
    assert [each.reason for each in told] == [Reason.TRAINING_MISSING, Reason.TRAINING_EXPIRED, Reason.GRANTED]
    assert (told[0].reasons[0].roles, "doorctl person trained ada" in told[0].reasons[0].change) == (
        (Role.ADMIN, Role.CLERK),
        True,
    )


def test_who_leaves_out_whose_training_is_over_and_tells_when_it_ends(roof: ASite) -> None:
    roof.ask(LADDER)
    before = roof.ask_for(Who("front"), WhoPage)
    roof.ask(TrainingSet("h1", "ladder", "2026-01-20"))
    after = roof.ask_for(Who("front"), WhoPage)

    assert (before.lines, before.denied) == ((), {Reason.TRAINING_MISSING: 1})
    assert [line.until for line in after.lines] == [1_800_489_600]  # the midnight after 2027-01-20


def test_trainings_that_end_soon_are_listed_by_the_zone_that_asks_most(roof: ASite) -> None:
    roof.ask(ZoneSet("lab", ZoneKind.FLOOR))
    for do in (LADDER, ZoneTrainingSet("lab", "ladder", 30), TrainingSet("h1", "ladder", "2027-01-10")):
        roof.ask(do)
    roof.ask(TrainingSet("h1", "unasked", "2020-01-01"))

    found = [roof.ask_for(ListRows("trainings", ending=days * 86_400), Page).rows for days in (25, 27)]

    assert [[(row["course"], row["last_day"]) for row in rows] for rows in found] == [[], [("ladder", "2027-02-09")]]


def test_a_zone_that_asks_for_a_training_is_not_removed(site: ASite) -> None:
    site.ask(ZoneSet("roof", ZoneKind.FLOOR))
    site.ask(LADDER)
    refused = site.ask(ZoneRemove("roof"))
    site.ask(ZoneTrainingSet("roof", "ladder"))

    assert (refused.reason, "--course ladder --none" in refused.text) == ("zone-in-use", True)
    assert site.ask(ZoneRemove("roof")).verdict == "accepted"


@pytest.mark.parametrize(
    ("do", "waits"),
    [
        (ZoneTrainingSet("roof", "ladder", 365), False),
        (ZoneTrainingSet("roof", "ladder", 300), False),
        (ZoneTrainingSet("roof", "gas", 30), False),
        (ZoneTrainingSet("roof", "ladder", 366), True),
        (ZoneTrainingSet("roof", "ladder"), True),
    ],
)
def test_in_a_zone_of_two_admins_asking_for_less_waits_for_the_second(
    roof: ASite, do: ZoneTrainingSet, waits: bool
) -> None:
    roof.ask(LADDER)
    roof.ask(ZoneRuleSet("roof", approvals=2))

    assert (roof.ask(do).verdict == "pending") is waits


@pytest.mark.parametrize(
    ("do", "waits"),
    [
        (TrainingSet("h1", "ladder", "2026-12-02"), True),
        (TrainingSet("h1", "ladder", "2026-12-01"), False),
        (TrainingSet("h1", "ladder", "2026-11-30"), False),
        (TrainingSet("h1", "ladder"), False),
        (TrainingSet("h1", "gas", TODAY), False),
        (TrainingSet("h2", "ladder", TODAY), False),
    ],
)
def test_in_a_zone_of_two_admins_a_day_that_may_let_somebody_in_waits_for_the_second(
    roof: ASite, do: TrainingSet, waits: bool
) -> None:
    roof.ask(PersonAdd("h2"), a_private(handle="grace"))
    for before in (LADDER, TrainingSet("h1", "ladder", "2026-12-01"), ZoneRuleSet("roof", approvals=2)):
        roof.ask(before)

    assert (roof.ask(do, admin=roof.hire("edith", Role.CLERK)).verdict == "pending") is waits


def test_a_day_that_waits_is_looked_at_with_the_one_noted_before(roof: ASite) -> None:
    for before in (LADDER, TrainingSet("h1", "ladder", "2026-12-01"), ZoneRuleSet("roof", approvals=2)):
        roof.ask(before)
    ask_for_grant(roof, TrainingSet("h1", "ladder", TODAY), admin=roof.hire("edith", Role.CLERK))

    assert shown(roof).present == (TrainingRow("h1", "ladder", "2026-12-01"),)
    assert roof.ask(the(Approve, roof)).verdict == "accepted"
    assert [row.day for row in noted(roof)] == [TODAY]


@pytest.mark.parametrize("do", [PersonRemove("h1"), PersonErase("h1")], ids=lambda do: type(do).__name__)
def test_what_somebody_took_goes_with_them(roof: ASite, do: PersonRemove | PersonErase) -> None:
    roof.ask(TrainingSet("h1", "ladder", TODAY))

    assert roof.ask(do).verdict == "accepted"
    assert noted(roof) == []


def test_no_leaf_of_the_hubs_log_tells_who_took_a_course_or_when(roof: ASite) -> None:
    roof.ask(TrainingSet("h1", "ladder", LAST_YEAR))

    leaves = b"".join(bytes(leaf) for (leaf,) in roof.connection.execute("SELECT leaf FROM records"))
    told = (b"training-set", b'"h1"', b"h1 ", LAST_YEAR.encode())
    assert [each in leaves for each in told] == [True, False, False, False]


def test_a_persons_export_tells_what_they_took(roof: ASite) -> None:
    roof.ask(TrainingSet("h1", "ladder", TODAY))

    assert roof.ask_for(PersonHeld("h1"), HeldFound).person["trained"] == f"ladder {TODAY}"


def test_a_zone_asks_once_for_each_course(roof: ASite) -> None:
    verdicts = [roof.ask(do).verdict for do in (LADDER, LADDER, ZoneTrainingSet("roof", "ladder", 30))]

    assert verdicts == ["accepted", "done", "accepted"]
    assert rows_where(roof.connection, ZoneTrainingRow, zone="roof") == [ZoneTrainingRow("roof", "ladder", 30)]
