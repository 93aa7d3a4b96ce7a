"""Bad input: refused with a clear text, or decided by a stated rule; never a crash, never a strike.

| input | what becomes of it | tests |
|---|---|---|
| a PIN of 200 digits | a wrong PIN at a keypad, a fault over the link, refused elsewhere | `*_200_digits_*` |
| keys while the strike is released | are for the next one; it is secured in its time | `test_keys_while_*` |
| two cards at once at both readers of a door | one after the other | `test_two_cards_*` |
| a schedule that ends before its start | goes on into the next day | `test_a_schedule_*` |
| a right that ends before its start | refused, `bad-time` | `test_a_right_*` |
| holidays that overlap by a night; one that stands there twice | each is its own day; one | `*_holiday_*` |
| a group in itself, or by a chain | refused: groups hold persons | `test_no_group_*` |
| a zone in itself, or by a chain | refused; where a policy says so, that zone denies | `*_in_itself*` |
| a door with the same reader twice | the process does not start | `test_a_door_with_*` |
| the year 9999 wherever a time is taken, and as what a clock shows | a time like any | `*_9999_*` |
| any text where one is typed | read, or refused in words | `test_any_text_*` |
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import get_args, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from doorctl.cli.people.new_pins import choose_pins
from doorctl.core.areas import last_reset
from doorctl.core.model import Schedule, Status, Weekday, ZoneKind
from doorctl.core.modes import Mode
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import AccessRequest
from doorctl.core.schedule import is_open
from doorctl.door.asking.asked import decided
from doorctl.door.config.door_config import read_door_config
from doorctl.errors import ConfigError, WrongUse
from doorctl.keys.card_keys import write_card_keys
from doorctl.policy.facts import FactsReader
from doorctl.policy.rosters import RosterBook
from doorctl.policy.row_sql import UPSERT
from doorctl.policy.rows import IsoDate, UnixSeconds, WindowRow, ZoneOccupancyRow
from doorctl.site.mistakes import SiteFileError
from doorctl.site.site_yaml import entries_from
from doorctl.site.times import seconds_at, seconds_in, window_in
from doorctl.wire import (
    commands,
    door_words,
    occupancy_words,
    questions,
    report_words,
    rights,
    training_words,
    visits,
)
from doorctl.wire.commands import Private, Verb
from doorctl.wire.questions import Why
from doorctl.wire.results import WhyResult
from doorctl.wire.who_words import Who, WhoPage
from firmware_bridge.bridge_messages import burst_of
from firmware_bridge.card_text import canonical_card
from firmware_bridge.reader_events import ReadFault
from tests.core import builders
from tests.door.hand_driven import RELEASED, SECURED
from tests.door.keypads import ADA, OTHER_READER, PIN, RING, Keypads
from tests.door_rig import CONFIG
from tests.firmware_bridge.bridge_link import a_joined_host, framed
from tests.hub.builders import ADAS_CARD, CARD_KEYS, NOON, NOON_SECONDS, ASite, a_private
from tests.hub.floor_3 import with_ada

DIGITS = "1234567890" * 20
MOST_BITS = 255
"""So many a burst can say that it has."""
END = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
PARIS, TOKYO = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Tokyo")
ZONES_OF_TIME = ("Asia/Tokyo", "UTC", "America/New_York")


@pytest.fixture
def ada(tmp_path: Path) -> Keypads:
    """Ada at a door that asks for card and PIN."""
    write_card_keys(tmp_path / "card.keys", RING)
    return Keypads(tmp_path / "card.keys", ADA)


@pytest.fixture
def site(tmp_path: Path) -> ASite:
    return with_ada(ASite(tmp_path))


def test_a_pin_of_200_digits_at_a_keypad_is_a_wrong_one(ada: Keypads) -> None:
    reason = ada.enter(DIGITS)
    again = ada.enter(PIN + DIGITS)

    assert (reason, again, ada.door.moves) == (Reason.WRONG_PIN, Reason.WRONG_PIN, [])


def test_a_pin_of_200_digits_in_one_burst_over_the_link_is_a_fault() -> None:
    bits = "".join(f"{int(digit):04b}" for digit in DIGITS)
    events = a_joined_host().receive(framed(burst_of(0, bits[:MOST_BITS])), 1.0)

    assert [type(event) for event in events] == [ReadFault]


def test_a_pin_of_200_digits_is_refused_by_the_hub(site: ASite) -> None:
    refused = site.ask(commands.PinSet("h1"), Private("5" * 32, pin=DIGITS))

    assert refused.reason == "malformed"
    assert site.rows("SELECT count(*) FROM pins") == [(0,)]


def test_a_pin_of_200_digits_is_refused_at_the_terminal() -> None:
    with pytest.raises(WrongUse, match="4 to 8 digits"):
        choose_pins("ada", duress=False, ask=lambda _: None, read_line=lambda: f"{DIGITS}\n")


@pytest.mark.parametrize("keys", [f"{PIN}#", f"{DIGITS}#", "*#*#", "1", f"0#{PIN}#"])
def test_keys_while_the_strike_is_released(ada: Keypads, keys: str) -> None:
    ada.enter(PIN)
    ada.wait(1)
    ada.keys(keys)
    ada.door.commit_all()
    before = list(ada.door.moves)
    ada.wait(10)

    assert (before, ada.door.moves) == ([RELEASED], [RELEASED, SECURED])
    assert ada.reasons.count(Reason.GRANTED) == 1


@pytest.mark.parametrize("first", ["ada", "stranger"])
def test_two_cards_in_the_same_millisecond_at_both_readers(ada: Keypads, first: str) -> None:
    ada.door.facts = builders.facts(builders.ADAS_GRANT, credential=ADA.credential)
    shown = [("front-in", "H10301:1:1001"), (OTHER_READER, "H10301:9:9999")]
    for reader, card in shown if first == "ada" else reversed(shown):
        ada.card(reader, card)
    ada.door.commit_all()

    expected = [Reason.GRANTED, Reason.UNKNOWN_CARD]
    assert ada.reasons == (expected if first == "ada" else expected[::-1])
    assert ada.door.moves == [RELEASED]


def test_a_schedule_with_an_end_before_its_start_goes_over_midnight(site: ASite) -> None:
    window = window_in("fri 18:00-08:00")
    taken = site.ask(commands.ScheduleSet("night", (window,)))
    night = site_schedules(site)["night"]

    friday = datetime(2027, 1, 15, tzinfo=UTC)
    hours = [hour for hour in range(48) if is_open(night, friday + timedelta(hours=hour), UTC, frozenset())]
    assert (taken.reason, hours) == ("", list(range(18, 32)))


def decided_at(site: ASite, at: datetime) -> Reason:
    """Decide for Ada's card as the door would by the site's policy."""
    request = AccessRequest("door-1", CARD_KEYS.credential_keys(ADAS_CARD), at)
    facts, _ = FactsReader(site.connection, rosters=RosterBook()).facts(request)
    return decided(request, replace(facts, policy_age_seconds=0, clock_trusted=True)).reason


def site_schedules(site: ASite) -> dict[str, Schedule]:
    return FactsReader(site.connection, rosters=RosterBook()).building().schedules


def test_a_right_with_an_end_before_its_start_is_refused(site: ASite) -> None:
    later, sooner = NOON_SECONDS + 7200, NOON_SECONDS + 3600
    refused = [
        site.ask(commands.GrantAdd("g1", "floor-3", holder="h1", valid_from=later, valid_until=sooner)),
        site.ask(commands.CardAdd("h1", valid_from=later, valid_until=sooner), a_private(card="H10301:9:9")),
        site.ask(commands.PersonEdit("h1", Status.ACTIVE, valid_from=later, valid_until=sooner)),
    ]

    assert [each.reason for each in refused] == ["bad-time"] * 3


def test_the_night_of_one_holiday_ends_in_the_next(site: ASite) -> None:
    site.ask(commands.ScheduleSet("guards", (WindowRow((Weekday.HOLIDAY,), "20:00", "04:00"),)))
    holidays = frozenset({date(2026, 12, 25), date(2026, 12, 26)})
    guards = site_schedules(site)["guards"]

    christmas = datetime(2026, 12, 25, tzinfo=UTC)
    hours = [hour for hour in range(72) if is_open(guards, christmas + timedelta(hours=hour), UTC, holidays)]
    assert hours == [*range(20, 28), *range(44, 52)]


def test_a_holiday_twice_is_one(site: ASite) -> None:
    answers = [site.ask(commands.HolidayAdd("2026-12-25")) for _ in range(2)]
    entries = entries_from("holidays: [2026-12-25, 2026-12-25]\n", source="site.yaml")

    assert [answer.text for answer in answers] == ["2026-12-25 is a holiday", "2026-12-25 is a holiday already"]
    assert site.rows("SELECT date FROM holidays") == [("2026-12-25",)]
    assert frozenset(entries.holidays or ()) == {"2026-12-25"}


@pytest.mark.parametrize("member", ["staff", "guards"])
def test_no_group_holds_a_group(site: ASite, member: str) -> None:
    site.ask(commands.GroupAdd("guards"))
    refused = [site.ask(commands.GroupJoin("staff", member)), site.ask(commands.GroupJoin(member, "staff"))]
    with pytest.raises(SiteFileError) as told:
        entries_from(f"groups: [{{group: staff, groups: [{member}]}}]\n", source="site.yaml")

    assert [each.reason for each in refused] == ["unknown-holder"] * 2
    assert "line 1" in str(told.value)


def test_no_zone_lies_in_itself(site: ASite) -> None:
    for zone in ("floor-4", "floor-5"):
        site.ask(commands.ZoneSet(zone, ZoneKind.FLOOR))
    lies_in = [("floor-3", "floor-3"), ("floor-4", "floor-3"), ("floor-5", "floor-4"), ("floor-3", "floor-5")]
    asked = [site.ask(occupancy_words.ZoneOccupancySet(zone, within=outer)) for zone, outer in lies_in]

    assert [each.reason for each in asked] == ["zone-in-itself", "", "", "zone-in-itself"]


@pytest.mark.parametrize("chain", ["a", "ba", "cba"])
def test_a_policy_with_a_zone_in_itself_denies(site: ASite, chain: str) -> None:
    site.ask(commands.GrantAdd("g1", "floor-3", holder="h1"))
    before = decided_at(site, NOON)
    for zone in chain:
        site.ask(commands.ZoneSet(zone, ZoneKind.FLOOR))
    for zone, outer in pairwise(["floor-3", *chain, "floor-3"]):
        site.connection.execute(UPSERT[ZoneOccupancyRow], astuple(ZoneOccupancyRow(zone, within=outer)))

    assert (before, decided_at(site, NOON)) == (Reason.GRANTED, Reason.UNKNOWN_ZONE)


@pytest.mark.parametrize(
    "readers", ['["front", "front"]', '["front"]\nexit_readers = ["front"]', '["front"]\nexit_readers = ["vault"]']
)
def test_a_door_with_the_same_reader_twice_is_refused(tmp_path: Path, readers: str) -> None:
    text = CONFIG.format(root="A" * 43, unlock_seconds=3.0).replace('["front"]\n', f"{readers}\n", 1)
    (tmp_path / "controller.toml").write_text(text)

    with pytest.raises(ConfigError, match=r"door: the reader (front|vault) is used 2 times"):
        read_door_config(tmp_path / "controller.toml")


ENDLESS: tuple[tuple[Verb, str], ...] = (
    (commands.PersonAdd("h9", valid_until=END), ""),
    (commands.CardAdd("h1", valid_until=END), ""),
    (commands.CardEdit(Status.ACTIVE, valid_until=END), ""),
    (commands.GrantAdd("g2", "floor-3", holder="h1", schedule="office", valid_until=END), ""),
    (commands.GrantAdd("g3", "floor-3", holder="h1", valid_from=END - 1, valid_until=END), ""),
    (commands.HolidayAdd("9999-12-31"), ""),
    (commands.HolidayRemove("9999-12-31"), ""),
    (commands.PinCodeSet("h1", END), "bad-code"),
    (training_words.TrainingSet("h1", "ladder", "9999-12-31"), "bad-date"),
    (visits.VisitorIn("v1", "h1", END), ""),
    (visits.DelegateSet("h1", "h9", END), "no-sponsor"),
    (rights.HoldOpen("door-1", END), "bad-time"),
    (door_words.DoorOverrideSet("door-1", Mode.UNLOCKED, END), ""),
    (rights.ExportBegin("e" * 32, "csv", since=END - 1, until=END), ""),
    (questions.Records(since=END - 1, until=END), ""),
    (questions.DigestOf("9999-12-31", since="9999-12-31"), "bad-date"),
    (report_words.TalliesOf((report_words.Tally.ENTRIES,), since=END - 1, until=END), ""),
    (Why("door-1", END), ""),
    (Who("door-1", END), ""),
    (commands.PersonEdit("h1", Status.ACTIVE, valid_until=END), ""),
    (commands.PersonEdit("h1", Status.ACTIVE, valid_from=END - 1, valid_until=END), ""),
)
"""What takes a time, with the last second, or day, there is; and why it is refused."""


def takes_a_time(kind: object) -> bool:
    return kind in (UnixSeconds, IsoDate) or any(takes_a_time(each) for each in get_args(kind))


def test_of_9999_each_verb_is_asked_that_takes_a_time() -> None:
    hints = {verb: get_type_hints(verb, include_extras=True).values() for verb in get_args(Verb)}

    assert {type(verb) for verb, _ in ENDLESS} == {
        verb for verb, kinds in hints.items() if any(map(takes_a_time, kinds))
    }


@pytest.mark.parametrize("timezone", ZONES_OF_TIME)
def test_the_end_of_the_year_9999_is_a_time_like_any(site: ASite, timezone: str) -> None:
    site.hub.set_timezone(timezone, NOON)
    site.ask(commands.ScheduleSet("office", (WindowRow(tuple(Weekday)[:5], "08:00", "18:00"),)))
    site.ask(commands.GrantAdd("g1", "floor-3", group="staff"))

    for number, (verb, refused) in enumerate(ENDLESS):
        card = ADAS_CARD if isinstance(verb, commands.CardEdit | Why) else f"H10301:9:{number}"
        assert site.ask(verb, a_private(handle=f"p{number}", card=card)).reason == refused, verb
        for at in (None, END - 366 * 86_400, END - 1, END):
            found = site.ask_for(Why("door-1", at), WhyResult, a_private(card=ADAS_CARD))
            opens = site.ask_for(Who("door-1", at), WhoPage)
            assert (found.outcome is Outcome.GRANTED) <= any(line.holder == "h1" for line in opens.lines), (verb, at)


@pytest.mark.parametrize("timezone", ZONES_OF_TIME)
def test_a_door_decides_in_the_last_second_of_the_year_9999(site: ASite, timezone: str) -> None:
    last = datetime.max.replace(tzinfo=UTC)
    site.hub.set_timezone(timezone, NOON)
    site.ask(commands.ScheduleSet("office", (WindowRow(tuple(Weekday)[:5], "00:00", "24:00"),)))
    site.ask(commands.GrantAdd("g1", "floor-3", holder="h1", schedule="office"))
    by_schedule = decided_at(site, last)
    site.ask(training_words.ZoneTrainingSet("floor-3", "ladder", 3650))
    site.ask(training_words.TrainingSet("h1", "ladder", "2027-01-01"))

    assert by_schedule is (Reason.OUTSIDE_SCHEDULE if timezone == "Asia/Tokyo" else Reason.GRANTED)
    assert decided_at(site, last) in {Reason.OUTSIDE_SCHEDULE, Reason.TRAINING_EXPIRED}


def test_the_last_reset_before_the_end_of_the_year_9999_is_told() -> None:
    last = datetime.max.replace(tzinfo=UTC)

    assert all(last_reset(240, last, ZoneInfo(each)) < last for each in ZONES_OF_TIME)


TYPED: tuple[Callable[[str], object], ...] = (
    window_in,
    seconds_in,
    lambda text: seconds_at(text, TOKYO),
    canonical_card,
)
"""What reads a text that somebody has typed."""
TEXTS = st.text(max_size=40) | st.from_regex(r"[0-9a-z:,\- ]{0,40}", fullmatch=True)


@given(text=TEXTS)
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    for read in TYPED:
        with suppress(ValueError):
            read(text)
    with suppress(SiteFileError):
        entries_from(text, source="site.yaml")
