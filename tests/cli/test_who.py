"""``doorctl who``, and ``why`` for a person, by a real hub over a real broker."""

import asyncio
import json
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from doorctl.cli.desk import Desk
from doorctl.cli.hub_client import HubClient
from doorctl.cli.output import Output
from doorctl.cli.rights.who import who
from doorctl.core.model import Factor
from doorctl.core.reasons import Reason
from doorctl.errors import Refused
from doorctl.wire.who_words import Who, WhoLine, WhoPage
from tests.cli.sites import ASite

IN_HOURS = "2026-11-23T10:00"
AT_NIGHT = "2026-11-23T22:00"


@pytest.fixture(scope="module")
def attic(site: ASite) -> ASite:
    """An attic that Ada may enter in office hours."""
    for words in (
        ["zone", "add", "attic", "--kind", "floor"],
        ["door", "add", "attic-1", "attic"],
        ["schedule", "set", "attic-hours", "mon-fri 07:00-19:00"],
        ["person", "add", "ada-of-the-attic"],
        ["card", "add", "ada-of-the-attic", "H10301:77:1"],
        ["grant", "ada-of-the-attic", "attic", "--schedule", "attic-hours"],
    ):
        site.change(*words, "--no-wait")
    return site


def test_who_is_a_table_for_people_by_the_sites_clock(attic: ASite) -> None:
    result = attic.admin("who", "attic-1", "--at", IN_HOURS)

    title, head, row, *_ = result.stdout.splitlines()
    assert result.exit_code == 0
    assert title.startswith("Door attic-1 (zone attic), 2026-11-23 10:00:00+01:00: 1 of ")
    assert head.split() == ["person", "name", "cards", "bring", "by", "until", "breaks", "glass"]
    assert row.split() == ["ada-of-the-attic", "1", "card", "own", "grant", "2026-11-23", "19:00:00+01:00"]


def test_who_tells_that_nobody_comes_in_and_by_which_reasons(attic: ASite) -> None:
    result = attic.admin("who", "attic-1", "--at", AT_NIGHT)

    _, nobody, denied, *_ = result.stdout.splitlines()
    assert (result.exit_code, nobody) == (0, "Nobody could open it.")
    assert "1 outside_schedule" in denied


def test_who_is_a_line_for_each_person_for_programs(attic: ASite) -> None:
    (ada,) = map(json.loads, attic.admin("who", "attic-1", "--at", IN_HOURS, "--json").stdout.splitlines())

    assert (ada["handle"], ada["cards"], ada["brings"], ada["until"]) == ("ada-of-the-attic", 1, "card", 1795456800)
    assert (ada["subjects"], ada["breaks_glass"]) == ([ada["holder"]], False)


def test_a_door_that_is_not_there_is_told(attic: ASite) -> None:
    result = attic.admin("who", "no-such-door")

    assert (result.exit_code, "there is no such door" in result.stderr) == (1, True)


def test_why_takes_a_person_and_tells_what_they_may_hear_and_what_would_have_to_change(attic: ASite) -> None:
    result = attic.admin("why", "ada-of-the-attic", "attic-1", "--at", AT_NIGHT)

    first, whose, told, reason, ends, change, *_ = map(str.strip, result.stdout.splitlines())
    assert (result.exit_code, first) == (1, "denied: outside_schedule")
    assert whose.startswith("the best of 1 card(s) of ada-of-the-attic at door attic-1 ")
    assert told == "tell them: No access at this time. Please come back Tue 2026-11-24 07:00."
    assert reason == "outside_schedule: A grant exists, but its schedule is not open now."
    assert ends == "ends by itself: 2026-11-24 07:00:00+01:00"
    assert change == "to change it: `doorctl grant ada-of-the-attic attic` for always, or on another schedule (admin)"


def test_why_for_programs_holds_the_same(attic: ASite) -> None:
    found = json.loads(attic.admin("why", "ada-of-the-attic", "attic-1", "--at", AT_NIGHT, "--json").stdout)

    (reason,) = found["reasons"]
    assert (found["comes_in_at"], reason["ends_at"], reason["roles"]) == (1795500000, 1795500000, ["admin"])


def test_why_with_the_pin_tells_what_else_it_looked_at_and_what_only_the_door_knows(attic: ASite) -> None:
    result = attic.admin("why", "ada-of-the-attic", "attic-1", "--at", IN_HOURS, "--with-pin")

    _, whose, _, _, grant, known = map(str.strip, result.stdout.splitlines())
    assert whose.startswith("the best of 1 card(s) and PIN alone of ada-of-the-attic at door attic-1 ")
    assert grant.endswith(" to ada-of-the-attic was considered")
    assert known.startswith("as far as the hub knows: a door counts wrong PINs, uses of cards and the visitors ")


class AHub:
    """A hub that tells of these people, all on one page."""

    def __init__(self, *lines: WhoLine) -> None:
        self.lines = lines

    async def ask(self, _: Who, __: type[WhoPage]) -> WhoPage:
        """Tell who could open it, two of them together, one an escort."""
        return WhoPage("attic-1", "attic", 7, 1, 3, 2, 2, self.lines, {}, None, 2, "escorts")


def a_line(holder: str, *, leads: bool = False, brings: Factor | None = Factor.CARD) -> WhoLine:
    return WhoLine(holder, None, None, 1, brings, (), (), None, breaks_glass=brings is None, leads=leads)


@pytest.mark.parametrize(
    ("lines", "ending"),
    [
        ((a_line("h1"), a_line("h2", leads=True)), "of the group escorts."),
        ((a_line("h1"), a_line("h2", leads=True, brings=None)), "Only 1 could: it opens for nobody."),
        (
            (a_line("h1"), a_line("h2"), a_line("h3", leads=True, brings=None)),
            "Nobody of it could: it opens for nobody.",
        ),
    ],
)
def test_it_is_told_when_too_few_could_come_together(
    lines: tuple[WhoLine, ...], ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(who(desk_at(AHub(*lines)), "attic-1"))

    _, company, *_ = capsys.readouterr().out.splitlines()
    assert company.endswith(ending)


class RestlessHub:
    """A hub whose site changes between two pages, so many times."""

    def __init__(self, changes: int) -> None:
        """Begin at revision 1."""
        self.changes, self.revision = changes, 1

    async def ask(self, question: Who, _: type[WhoPage]) -> WhoPage:
        """Tell nobody of the first page, and of the second that the site has changed."""
        if question.after and self.changes:
            self.changes, self.revision = self.changes - 1, self.revision + 1
        after = None if question.after else "h1"
        at = 7 if question.at is None else question.at
        return WhoPage("attic-1", "attic", at, 1, self.revision, 2, 1, (), {Reason.NO_GRANT: 1}, after, 2, "escorts")


def desk_at(hub: AHub | RestlessHub) -> Desk:
    return Desk(cast("HubClient", hub), Output(), ZoneInfo("UTC"))


def test_everybody_is_looked_at_anew_when_the_site_changes_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    code = asyncio.run(who(desk_at(RestlessHub(changes=2)), "attic-1"))

    assert (code, capsys.readouterr().out.splitlines()) == (
        0,
        [
            "Door attic-1 (zone attic), 1970-01-01 00:00:07+00:00: 0 of 2 could open it, by revision 3.",
            "It opens for 2 persons together, one of them of the group escorts. Only 0 could: it opens for nobody.",
            "Nobody could open it.",
            "Not let in: 2 no_grant.",
        ],
    )


def test_a_site_that_never_rests_is_told() -> None:
    with pytest.raises(Refused, match="site-moved"):
        asyncio.run(who(desk_at(RestlessHub(changes=9)), "attic-1"))
