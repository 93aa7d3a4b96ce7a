"""Tables of one tally: their order, and what they say where there is nothing."""

from collections.abc import Callable

import pytest

from doorctl.reports import listings
from doorctl.reports.review_lines import review_report
from doorctl.reports.shown import Shown
from doorctl.reports.tables import Table
from doorctl.reports.tallies import Counts, count
from doorctl.wire.report_words import ReviewFound, ReviewLine, ReviewOutcome, Tally
from tests.reports.builders import NOON, a_clock, an_event

SHOWN = Shown(str.title, str)
DAY = 86_400


def counted(*events: object) -> Counts:
    return count(events, Tally, a_clock())  # type: ignore[arg-type]


def hours(counts: Counts, shown: Shown) -> Table:
    return listings.out_of_hours(counts, shown, schedule="office")


def test_who_was_denied_most_often_comes_first() -> None:
    no = an_event(outcome="denied", reason="no_grant")
    table = listings.denied(counted(no._replace(subject=None), no, no._replace(at=NOON + 1)), SHOWN)

    assert table.rows == (
        ("Ada", "front", "floor-3", "no_grant", 2, str(NOON), str(NOON + 1)),
        ("(not known)", "front", "floor-3", "no_grant", 1, str(NOON), str(NOON)),
    )


@pytest.mark.parametrize(
    ("lists", "event"),
    [
        (hours, an_event(NOON + 9 * 3600)),
        (listings.doors, an_event(kind="forced_open")),
        (listings.break_glass, an_event(reason="break_glass")),
    ],
)
def test_the_newest_day_comes_first(lists: Callable[[Counts, Shown], Table], event: object) -> None:
    later = event._replace(at=event.at + DAY)  # type: ignore[attr-defined]

    assert [row[0] for row in lists(counted(event, later), SHOWN).rows] == ["2027-01-16", "2027-01-15"]


def test_days_are_told_in_their_order_with_first_and_last_entry() -> None:
    table = listings.days(counted(an_event(NOON + DAY), an_event(), an_event(NOON + 60)), SHOWN)

    assert table.rows == (
        ("2027-01-15", "Ada", str(NOON), str(NOON + 60), 2),
        ("2027-01-16", "Ada", str(NOON + DAY), str(NOON + DAY), 1),
    )


@pytest.mark.parametrize("lists", [listings.denied, hours, listings.doors, listings.break_glass, listings.days])
def test_a_table_of_nothing_says_so(lists: Callable[[Counts, Shown], Table]) -> None:
    table = lists({}, SHOWN)

    assert table.rows == ()
    assert table.empty


def test_a_review_tells_who_said_what_of_whom() -> None:
    found = ReviewFound("ab" * 16, ("z",), 1, "carol", None, None, open=1, confirmed=1, revoked=0)
    lines = [
        ReviewLine("z", "ada", "a", "A", None, 0, ReviewOutcome.CONFIRMED, "dan", 5),
        ReviewLine("z", None, None, None, "staff", 7, ReviewOutcome.OPEN, None, None),
        ReviewLine("z", None, None, None, None, 0, ReviewOutcome.REVOKED, "dan", 6),
    ]
    report = review_report(found, lines, SHOWN)

    assert report.tables[0].rows == (
        ("z", "Ada", None, "confirmed", "dan", "5"),
        ("z", "group staff", 7, "open", None, None),
        ("z", "(not known)", None, "revoked", "dan", "6"),
    )
    assert report.facts[1] == "Not finished: 1 line(s) are open."
