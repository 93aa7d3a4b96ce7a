"""A report as one HTML file: nothing in it is run, nothing is fetched, and no text becomes markup."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.reports.html.page import page
from doorctl.reports.overview import MOST_BARS, MOST_ROWS, TALLIES, denials_over_time, overview, shortened
from doorctl.reports.shown import Shown
from doorctl.reports.tables import Bars, Grid, Report, Table
from doorctl.reports.tallies import count
from doorctl.wire.report_words import Tally
from tests.reports.builders import NOON, a_clock, an_event

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'--></style><script>",
    "{policy}{0}",
    "&lt;b&gt;",
    "\u202egnp.exe",
    "a\0b\x1b[31m",
]
SHOWN = Shown(str, str)


class Read(HTMLParser):
    """What a browser would make of a page: its tags, their attributes, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def a_report(text: str) -> Report:
    return Report(
        f"of {text}",
        (text,),
        (
            Table(text, ("person", "count"), ((text, 1), (None, 2)), says=text),
            Table(text, ("person",), (), empty=text),
            Grid(text, text, text, (text,), (text,), {(text, text): 3}),
            Bars(text, text, ((text, 4), ("b", 0))),
        ),
    )


PLAIN = Read(page(a_report("plain"), made="today"))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_changes_no_tag_and_no_attribute(text: str) -> None:
    found = Read(page(a_report(text), made=text))

    assert found.tags == PLAIN.tags
    assert [name for name, _ in found.attributes] == [name for name, _ in PLAIN.attributes]


@given(st.text(min_size=1))
def test_no_text_changes_a_tag_and_each_stands_there_as_it_is_as_far_as_it_is_printable(text: str) -> None:
    found = Read(page(a_report(text), made=text))

    assert found.tags == PLAIN.tags
    if text.isprintable():
        assert text in found.texts


def test_what_turns_the_direction_of_writing_is_told_and_not_done() -> None:
    assert "\\u202egnp.exe" in Read(page(a_report("\u202egnp.exe"), made="")).texts


def test_a_page_runs_no_script_and_fetches_nothing() -> None:
    text = page(a_report("a"), made="today")

    assert not {"script", "link", "img", "iframe", "object"} & set(PLAIN.tags)
    assert not {"href", "src", "srcset"} & {name for name, _ in PLAIN.attributes}
    assert not re.search(r"url\(|@import|https?:", text)
    assert "default-src 'none'" in text


def test_what_is_all_of_a_report_has_its_title() -> None:
    one, other = Table("Denied", ("person",), ()), Table("Inside", ("person",), ())

    assert re.findall("<h2>(.*?)</h2>", page(Report("Denied", (), (one, other)), made="today")) == ["Inside"]


def test_a_time_breaks_between_day_and_hour_alone() -> None:
    report = Report("r", (), (Table("t", ("person", "last use"), (("Ada L", "2027-01-15 12:00:00+01:00"),)),))
    text = page(report, made="today")

    assert '<td class="time"><span>2027-01-15</span> <span>12:00:00+01:00</span></td>' in text
    assert '<td class="person">Ada L</td>' in text


def test_every_header_says_what_it_is_the_header_of() -> None:
    text = page(a_report("a"), made="today")

    assert re.findall(r"<th(?![^>]*scope=)(?!ead)", text) == []
    assert 'role="img" aria-label="a: 4 in all, at most 4; the table beneath has each number."' in text


def an_overview(*events: object) -> Report:
    counts = count(events, [*TALLIES, Tally.OUT_OF_HOURS], a_clock())  # type: ignore[arg-type]
    return overview(counts, SHOWN, title="hq", facts=("Since ever.",), schedule="office")


def test_break_glass_comes_first() -> None:
    report = an_overview(an_event(), an_event(reason="break_glass"))

    assert [part.title for part in report.parts] == [
        "Break-glass",
        "Entries per hour and door",
        "Denials per day",
        "Denied",
        "Doors held and forced",
        "Out of hours",
    ]
    assert report.facts == ("Since ever.", "2 requests were granted, 0 denied.")


def test_an_overview_of_nothing_says_so() -> None:
    text = page(an_overview(), made="today")

    assert "Nobody broke the glass." in text
    assert "Nobody was denied." in text


def denials(*days: int) -> Bars:
    events = [an_event(NOON + day * 86_400, outcome="denied") for day in days]
    return denials_over_time(count(events, TALLIES, a_clock()))


def test_a_day_without_denials_is_drawn_too() -> None:
    assert denials(0, 0, 2).values == (("2027-01-15", 2), ("2027-01-16", 0), ("2027-01-17", 1))


def test_many_days_are_drawn_by_weeks_of_which_none_is_missing() -> None:
    found = denials(0, 7, 70)

    assert found.values[0] == ("2027-01-11", 1)
    assert [number for _, number in found.values] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_a_clock_that_was_far_off_makes_no_endless_drawing() -> None:
    assert len(denials(-20_000, 0).values) == MOST_BARS


def test_a_long_table_is_shortened_and_says_so() -> None:
    long = Table("t", ("n",), tuple((n,) for n in range(MOST_ROWS + 1)), says="All.")

    assert len(shortened(long).rows) == MOST_ROWS
    assert shortened(long).says == f"All. The first {MOST_ROWS} of {MOST_ROWS + 1}."
