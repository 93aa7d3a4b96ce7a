"""A reader in enrolment: what the door shows, records and tells; and that it opens nothing meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorctl.audit.state import Memory, OrderAnswered
from doorctl.core.machines.door_events import SignalName
from doorctl.core.machines.enrolment import AGAIN_SECONDS
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.door.asking.asked import WayOut
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.asking.enrolments import Enrolments
from doorctl.door.reader_events import ReaderEvents
from doorctl.policy.building import DoorPlace
from doorctl.wire.orders import Enrol
from firmware_bridge.reader_events import CardRead
from tests.core import builders
from tests.door.hand_driven import ADMITTED, DENIED, FAULT, GRANTED, RELEASED, Notebook
from tests.door.keypads import RING
from tests.door.ordered import Ordered

READER, OTHER = "front-in", "front-out"
NEW, NEWER = "uid:04A2B3C4", "uid:04A2B3C5"
ID, ORDER = "e" * 32, "0" * 32
ENROL = Enrol("front", 60, ID, READER)
ADAS = replace(ADMITTED, credential=replace(builders.ADAS_CARD, key=RING.credential_key(NEW)))
STRANGER = replace(ADMITTED, credential=None, holder=None, grants=())
SHOWN = f"signal {SignalName.ENROL}"


class Enrolling(Ordered):
    """A door with two readers, whose policy knows no card."""

    def __init__(self, keys: Path, *, memory: Memory | None = None) -> None:
        super().__init__(memory=memory, readers=(READER, OTHER))
        self.door.facts = STRANGER
        self.events = ReaderEvents(
            {READER: self.door.doorway, OTHER: self.door.doorway},
            CardKeyFile(keys),
            Notebook(),
            clock=lambda: datetime.fromtimestamp(self.time, UTC),
            before_doors=(self.enrolments,),
        )

    def begin(self, deed: Enrol = ENROL) -> None:
        self.take(deed, id_=ORDER)
        self.door.commit_all()

    def card(self, card: str = NEW, reader: str = READER) -> None:
        self.events.take(CardRead(reader, card, self.door.now))

    def wait(self, seconds: float) -> None:
        self.door.now += seconds
        self.enrolments.tick()

    def enrolled(self) -> list[tuple[str, str]]:
        """Commit what waits; return what was recorded of enrolments, and of whom."""
        drafts = [it.draft for it in self.door.waiting if it.draft.statement.kind is RecordKind.ENROLMENT]
        self.door.commit_all()
        return [(draft.statement.detail, draft.subject) for draft in drafts]


@pytest.fixture
def enrolling(keys: Path) -> Enrolling:
    enrolling = Enrolling(keys)
    enrolling.begin()
    return enrolling


def test_a_reader_in_enrolment_shows_it_again_and_again(enrolling: Enrolling) -> None:
    enrolling.wait(10)

    assert enrolling.outcomes() == [("done", "")]
    assert enrolling.door.done == ["record order", SHOWN, SHOWN]


def test_the_unknown_card_that_comes_twice_is_told_and_ends_it(enrolling: Enrolling) -> None:
    enrolling.card()
    enrolling.wait(AGAIN_SECONDS)
    enrolling.card()

    key = RING.credential_key(NEW).hex()
    assert enrolling.enrolled() == [(f"card id={ID}", f"credential:{key}")]
    record = enrolling.door.statement(RecordKind.ENROLMENT)
    assert (record.door, record.reader, record.reason) == ("front", READER, Reason.UNKNOWN_CARD)
    assert [each for each in (key, NEW) if each in repr(record)] == []
    assert enrolling.door.done[-1] == GRANTED
    assert not enrolling.enrolments.takes(READER)


def test_what_cannot_be_recorded_is_shown_as_that(enrolling: Enrolling) -> None:
    enrolling.card()
    enrolling.card()
    enrolling.door.fail()

    assert enrolling.door.done[-1] == FAULT


def test_of_two_cards_at_once_none_is_told(enrolling: Enrolling) -> None:
    for card in (NEW, NEWER, NEW, NEWER):
        enrolling.card(card)

    assert enrolling.enrolled() == []


def test_a_known_card_is_refused_told_and_opens_nothing(enrolling: Enrolling) -> None:
    enrolling.card()
    enrolling.door.facts = ADAS
    enrolling.card()
    enrolling.door.facts = STRANGER
    enrolling.card()

    assert enrolling.enrolled() == [(f"known id={ID}", "holder:ada")]
    assert DENIED in enrolling.door.done
    assert enrolling.door.moves == []


def test_the_other_reader_of_the_door_goes_on(enrolling: Enrolling) -> None:
    enrolling.door.facts = ADAS
    enrolling.card(reader=OTHER)
    enrolling.door.commit_all()

    assert enrolling.door.moves == [RELEASED]


def test_when_its_time_is_over_it_is_recorded_and_cards_open_again(enrolling: Enrolling) -> None:
    enrolling.card()
    enrolling.wait(60)
    told = enrolling.enrolled()
    enrolling.door.facts = ADAS
    enrolling.card()
    enrolling.door.commit_all()

    assert told == [(f"over id={ID}", "")]
    assert enrolling.door.moves == [RELEASED]


def test_a_card_whose_answer_comes_when_it_is_over_is_nobodys(enrolling: Enrolling) -> None:
    enrolling.card()
    enrolling.door.keeps_waiting = True
    enrolling.card()
    enrolling.wait(60)
    for answer in enrolling.door.questions:
        answer()

    assert enrolling.enrolled() == [(f"over id={ID}", "")]


def test_an_order_that_was_carried_out_before_the_restart_begins_nothing(keys: Path) -> None:
    again = Enrolling(keys, memory=Memory({ORDER: (OrderAnswered(ORDER, "done"), 4)}))
    again.begin()

    assert again.outcomes() == [("done", "")]
    assert again.door.done == []
    assert not again.enrolments.takes(READER)


@pytest.mark.parametrize(
    ("place", "deed", "reason"),
    [
        (DoorPlace("floor-3"), Enrol("front", 60, ID), "which-reader"),
        (DoorPlace("floor-3"), Enrol("front", 60, ID, "back-in"), "which-reader"),
        (DoorPlace("floor-3"), Enrol("back", 60, ID, READER), "unknown-door"),
        (None, ENROL, "no-policy"),
        (DoorPlace("floor-3", needs_upgrade=True), ENROL, "needs-upgrade"),
        (DoorPlace("floor-3", strict=True), ENROL, "officers-only"),
    ],
)
def test_an_enrolment_that_may_not_be_is_refused_by_name(
    keys: Path, place: DoorPlace | None, deed: Enrol, reason: str
) -> None:
    enrolling = Enrolling(keys)
    enrolling.door.doorway.move_to(place)
    enrolling.begin(deed)

    assert enrolling.outcomes() == [("refused", reason)]
    assert not enrolling.enrolments.takes(READER)


@pytest.mark.parametrize(("is_wired", "outcome"), [(False, ("refused", "way-out")), (True, ("done", ""))])
def test_nobody_is_kept_inside_by_an_enrolment(
    enrolling: Enrolling, is_wired: bool, outcome: tuple[str, str]
) -> None:
    enrolling.door.doorway.way_out = WayOut(frozenset({OTHER}), is_wired)
    enrolling.take(Enrol("front", 60, ID, OTHER), id_="3" * 32)
    enrolling.door.commit_all()

    assert enrolling.outcomes()[-1] == outcome
    assert enrolling.enrolments.takes(OTHER) is is_wired


def test_where_none_is_named_it_is_the_only_one_outside() -> None:
    around = Ordered().door.around
    enrolments = Enrolments(around, {"front": (READER,), "two": ("a", "b")}, inside={"front": (OTHER,)})

    named = [("front", None), ("front", OTHER), ("two", None), ("two", "b"), ("two", OTHER), ("none", None)]
    assert [enrolments.reader_of(*each) for each in named] == [READER, OTHER, None, "b", None, None]


def test_a_lockdown_forbids_no_enrolment_and_the_only_reader_need_not_be_named() -> None:
    ordered = Ordered()
    ordered.door.doorway.move_to(DoorPlace("floor-3", locked_down=True))
    ordered.take(Enrol("front", 60, ID))
    ordered.door.commit_all()

    assert ordered.outcomes() == [("done", "")]
    assert ordered.enrolments.takes("front-in")
