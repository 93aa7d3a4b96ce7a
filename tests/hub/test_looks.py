"""Who looked at records: recorded once an hour for each admin and kind of question, and never in an answer's way."""

import pytest

from doorctl.core.records import RecordKind
from doorctl.trust.note import Role
from doorctl.wire.alerts import AlertRules, AlertsOf
from doorctl.wire.commands import PersonAdd, Verb
from doorctl.wire.privacy import PersonHeld
from doorctl.wire.questions import DigestOf, ListRows, Records, StatusOf
from doorctl.wire.report_words import TalliesOf, Tally
from tests.hub.builders import ASite, a_private, later
from tests.hub.disks import no_room_in
from tests.hub.own_log.reading import own_log

TODAY = "2027-01-15"
TALLIES = TalliesOf((Tally.DENIED,))


def looks(site: ASite) -> list[tuple[str, str, str]]:
    """Tell every act in the hub's own log that is none of a change."""
    acts = [leaf.act for leaf in own_log(site).of(RecordKind.COMMAND) if leaf.act is not None]
    return [(act.admin, act.verb, act.verdict) for act in acts if act.verb != "person-add"]


@pytest.fixture
def ada(site: ASite) -> ASite:
    """A site with Ada alone."""
    site.ask(PersonAdd("h1"), a_private(handle="ada", name="Ada L"))
    return site


@pytest.mark.parametrize(
    ("do", "word"),
    [
        (Records(), "records"),
        (Records(names=True), "records names"),
        (TALLIES, "tallies"),
        (AlertsOf(), "alerts"),
        (PersonHeld("h1"), "person-held"),
        (DigestOf(TODAY, everyone=True), "digest"),
    ],
    ids=["records", "with-names", "tallies", "alerts", "person", "digest-of-all"],
)
def test_a_question_about_records_is_recorded(ada: ASite, do: Verb, word: str) -> None:
    assert ada.ask(do).verdict == "done"

    assert looks(ada) == [("grace", word, "done")]


@pytest.mark.parametrize(
    "do",
    [DigestOf(TODAY), StatusOf(), ListRows("zones"), AlertRules()],
    ids=["own-digest", "status", "list", "rules"],
)
def test_other_questions_are_not(ada: ASite, do: Verb) -> None:
    assert ada.ask(do).verdict == "done"

    assert looks(ada) == []


def test_page_after_page_is_one_look_within_the_hour_and_another_one_later(ada: ASite) -> None:
    for seconds in (0, 1, 3599, 3600, 3700):
        ada.ask(Records(after=seconds), at=later(seconds))

    assert looks(ada) == [("grace", "records", "done")] * 2


def test_each_admin_and_each_kind_of_question_is_told_apart(ada: ASite) -> None:
    for admin in (ada.grace, ada.alan):
        for do in (Records(), TALLIES):
            ada.ask(do, admin=admin)

    assert looks(ada) == [
        ("grace", "records", "done"),
        ("grace", "tallies", "done"),
        ("alan", "records", "done"),
        ("alan", "tallies", "done"),
    ]


def test_a_look_by_a_clock_that_was_set_back_is_recorded(ada: ASite) -> None:
    for seconds in (0, -86_400):
        ada.ask(Records(), at=later(seconds))

    assert looks(ada) == [("grace", "records", "done")] * 2


def test_a_look_at_one_person_tells_of_whom(ada: ASite) -> None:
    ada.ask(Records(holder="h1"))

    log = own_log(ada)
    assert log.texts[len(log.raw) - 1, 0] == "holder:h1"


def test_a_look_that_was_refused_is_recorded_as_refused(ada: ASite) -> None:
    clerk = ada.hire("edith", Role.CLERK)
    ada.ask(DigestOf(TODAY, everyone=True), admin=clerk)

    assert looks(ada) == [("edith", "digest", "refused")]


def test_a_look_that_cannot_be_recorded_is_answered_and_the_next_one_is_recorded(
    ada: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    with no_room_in(ada.connection, "records"):
        answers = [ada.ask(Records()).verdict for _ in range(3)]
    told = [line for line in capfd.readouterr().err.splitlines() if "event=look_not_recorded" in line]
    ada.ask(Records())

    assert (answers, looks(ada)) == (["done"] * 3, [("grace", "records", "done")])
    assert [line.partition("missed=")[2].split()[0] for line in told] == ["1", "2"]
