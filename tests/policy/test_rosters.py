"""Rosters: only what enough officers have signed counts, for one zone, holder and card; never again an older one."""

import hashlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from doorctl.core.model import RosterLine as Line
from doorctl.core.model import Schedule, Weekday, Window
from doorctl.core.request import AccessRequest
from doorctl.errors import Refused
from doorctl.policy.rosters import RosterBook
from doorctl.policy.rows import ScheduleRow, WindowRow
from doorctl.wire.notes import Signer, text_of
from doorctl.wire.roster import MAX_FIRST, MAX_STEP, RosterLine, RosterVersion, card_mark, open_roster
from tests.policy.policies import KEY, OTHER_KEY
from tests.policy.rosters import ADAS_LINE, ALAN, CLERK, GRACE, HUB, ZONE, a_roster, trust

REQUEST = AccessRequest("front", (KEY,), datetime(2026, 6, 3, tzinfo=UTC))
Lines = tuple[Line, ...] | None


def a_book(*, signatures: int = 1, accepted: int = 0) -> RosterBook:
    book = RosterBook(signatures={ZONE: signatures}, accepted={ZONE: RosterVersion(accepted)})
    book.believe(trust())
    return book


def version_of(note: str, number: int) -> RosterVersion:
    return RosterVersion(number, hashlib.sha256(text_of(note.encode())).hexdigest())


def with_unused_bits(mark: str) -> str:
    """Write what decodes to the same bytes, and is the mark of no key."""
    return mark[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[mark[-1]]


def lines_of(book: RosterBook, note: str | None, *, suspended: frozenset[str] = frozenset()) -> Lines:
    book.take({} if note is None else {ZONE: note}, suspended=suspended)
    return book.lines(ZONE, "ada", REQUEST)


def test_a_roster_by_an_officer_lets_in_whom_it_names() -> None:
    assert lines_of(a_book(), a_roster()) == (Line(),)


def test_a_line_says_when_and_until_when() -> None:
    line = RosterLine("ada", card_mark(KEY), "office", 1_800_000_000)
    office = ScheduleRow(id="office", windows=(WindowRow((Weekday.MONDAY,), "08:00", "09:30"),))

    assert lines_of(a_book(), a_roster(line, ADAS_LINE, schedules=(office,))) == (
        Line(
            Schedule("office", (Window(frozenset({Weekday.MONDAY}), 480, 570),)),
            datetime.fromtimestamp(1_800_000_000, UTC),
            ZoneInfo("UTC"),
        ),
        Line(),
    )


def test_a_line_on_a_schedule_that_the_officers_did_not_sign_admits_at_no_time() -> None:
    line = RosterLine("ada", card_mark(KEY), "office")

    assert lines_of(a_book(), a_roster(line)) == (Line(Schedule("office", ()), timezone=ZoneInfo("UTC")),)


def test_the_schedules_of_a_roster_are_read_by_its_own_clock() -> None:
    line = RosterLine("ada", card_mark(KEY), "office")
    (read,) = lines_of(a_book(), a_roster(line, timezone="Pacific/Honolulu")) or ()

    assert read.timezone == ZoneInfo("Pacific/Honolulu")


@pytest.mark.parametrize(
    "note",
    [
        None,
        a_roster(timezone="Europe/Atlantis"),
        a_roster(timezone="../../etc/passwd"),
        "rubbish",
        a_roster(by=[HUB]),
        a_roster(by=[CLERK]),
        a_roster(zone="floor-4"),
        a_roster().replace('"ada"', '"alan"'),
    ],
)
def test_what_no_officer_has_signed_for_this_zone_is_no_roster(note: str | None) -> None:
    assert lines_of(a_book(), note) is None


def test_where_two_officers_must_sign_one_does_not_suffice() -> None:
    book = a_book(signatures=2)

    assert lines_of(book, a_roster()) is None
    assert lines_of(book, a_roster(by=[GRACE, CLERK])) is None
    assert lines_of(book, a_roster(by=[GRACE, ALAN])) == (Line(),)


def test_one_key_under_two_names_is_one_officer() -> None:
    trusted, alias = trust(officers=("grace",)), Signer("admin.grace2", GRACE.private_key)
    both = (trusted.admins[0], replace(trusted.admins[0], id="grace2"))
    note = a_roster(by=[GRACE, alias]).encode()

    with pytest.raises(Refused, match="too-few-officers"):
        open_roster(note, replace(trusted, admins=both), zone=ZONE, signatures=2)


@pytest.mark.parametrize(
    "line",
    [
        RosterLine("ada", card_mark(OTHER_KEY)),
        RosterLine("alan", card_mark(KEY)),
        RosterLine("alan", "A" * 22),
        RosterLine("ada", with_unused_bits(card_mark(KEY))),
    ],
)
def test_a_line_counts_for_its_holder_with_its_card_alone(line: RosterLine) -> None:
    assert lines_of(a_book(), a_roster(line)) == ()


def test_a_line_names_the_card_by_as_many_keys_of_the_ring_as_the_roster_says() -> None:
    book = a_book()
    note = a_roster(RosterLine("ada", card_mark(OTHER_KEY)), ring=2)
    book.take({ZONE: note}, suspended=frozenset())

    assert book.lines(ZONE, "ada", AccessRequest("front", (KEY, OTHER_KEY), REQUEST.at)) == (Line(),)
    assert book.lines(ZONE, "ada", AccessRequest("front", (OTHER_KEY, KEY), REQUEST.at)) == ()
    assert book.lines(ZONE, "ada", AccessRequest("front", (OTHER_KEY,), REQUEST.at)) == ()


def test_an_older_roster_never_counts_again() -> None:
    book = a_book()
    newer = lines_of(book, a_roster(version=5))

    assert newer == (Line(),)
    assert lines_of(book, a_roster(version=4)) is None
    assert lines_of(book, a_roster(version=5)) == (Line(),)


def test_another_roster_of_the_version_that_counts_does_not_count(capfd: pytest.CaptureFixture[str]) -> None:
    book = a_book()
    with_alan = a_roster(ADAS_LINE, RosterLine("alan", card_mark(OTHER_KEY)), version=5)
    counting = lines_of(book, a_roster(version=5))

    assert (counting, lines_of(book, with_alan)) == ((Line(),), None)
    assert lines_of(book, a_roster(version=5, by=[GRACE, ALAN])) == (Line(),)
    assert '<2>event=roster_refused zone=floor-3 why="roster-fork' in capfd.readouterr().err


def test_the_text_that_counted_before_the_start_is_the_one_of_its_version() -> None:
    known = version_of(a_roster(version=5), 5)
    book = RosterBook(signatures={ZONE: 1}, accepted={ZONE: known})
    book.believe(trust())

    assert lines_of(book, a_roster(ADAS_LINE, ADAS_LINE, version=5)) is None
    assert lines_of(book, a_roster(version=5)) == (Line(),)
    assert book.take_news() == {}


def test_a_version_known_by_its_number_alone_counts_and_its_text_is_remembered() -> None:
    book = a_book(accepted=5)

    assert lines_of(book, a_roster(version=5)) == (Line(),)
    assert book.take_news() == {ZONE: version_of(a_roster(version=5), 5)}
    assert lines_of(book, a_roster(ADAS_LINE, ADAS_LINE, version=5)) is None


@pytest.mark.parametrize(("accepted", "most"), [(0, MAX_FIRST), (5, 5 + MAX_STEP)])
def test_nobody_uses_up_the_versions_by_a_jump(accepted: int, most: int) -> None:
    assert lines_of(a_book(accepted=accepted), a_roster(version=most + 1)) is None
    assert lines_of(a_book(accepted=accepted), a_roster(version=most)) == (Line(),)


def test_an_older_roster_than_one_before_the_start_does_not_count() -> None:
    assert lines_of(a_book(accepted=5), a_roster(version=4)) is None
    assert lines_of(a_book(accepted=5), a_roster(version=5)) == (Line(),)


def test_a_version_that_counts_is_told_once_before_anybody_asks() -> None:
    book = a_book()
    book.take({ZONE: a_roster(version=5)}, suspended=frozenset())

    assert [book.take_news(), book.take_news()] == [{ZONE: version_of(a_roster(version=5), 5)}, {}]


def test_a_roster_that_does_not_count_raises_no_version() -> None:
    book = a_book()
    lines_of(book, a_roster(version=9, by=[CLERK]))

    assert book.take_news() == {}
    assert lines_of(book, a_roster(version=2)) == (Line(),)


def test_without_trust_no_roster_counts_and_none_is_refused_yet(capfd: pytest.CaptureFixture[str]) -> None:
    book = RosterBook(signatures={ZONE: 1})

    assert lines_of(book, a_roster()) is None
    assert capfd.readouterr().err == ""
    book.believe(trust(2, officers=("alan",)))
    assert "event=roster_refused" in capfd.readouterr().err


def test_trust_that_comes_later_or_no_longer_names_the_officer_is_heeded() -> None:
    book = RosterBook()
    before = lines_of(book, a_roster())
    book.believe(trust())
    during = book.lines(ZONE, "ada", REQUEST)
    book.believe(trust(2, officers=("alan",)))

    assert (before, during, book.lines(ZONE, "ada", REQUEST)) == (None, (Line(),), None)


def test_the_signature_of_a_suspended_officer_does_not_count() -> None:
    book = a_book()

    assert lines_of(book, a_roster()) == (Line(),)
    assert lines_of(book, a_roster(), suspended=frozenset({"grace"})) is None


def test_a_refused_roster_is_an_alarm(capfd: pytest.CaptureFixture[str]) -> None:
    lines_of(a_book(), a_roster(by=[CLERK]))

    assert "<2>event=roster_refused zone=floor-3" in capfd.readouterr().err
