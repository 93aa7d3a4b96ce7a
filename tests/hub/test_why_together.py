"""The question why about several at one door: the hub answers what a real door does when they come one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product

import pytest

from doorctl.core.areas import Passback, Way
from doorctl.core.classes import ReaderClass
from doorctl.core.machines.door_state import DoorSettings, DoorState
from doorctl.core.model import Factor, ZoneKind
from doorctl.core.modes import Mode
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest, Facts
from doorctl.door.asking.asked import Presented, WayOut
from doorctl.door.doorway import Doorway
from doorctl.door.interlock import Interlock, Others
from doorctl.keys.card_keys import pin_text
from doorctl.policy.building import PolicyPosition
from doorctl.policy.facts import FactsReader
from doorctl.policy.rosters import RosterBook
from doorctl.wire.classes import ZoneClassesSet
from doorctl.wire.commands import (
    CardAdd,
    DoorSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    PersonAdd,
    PinSet,
    Private,
    Verb,
    ZoneSet,
)
from doorctl.wire.door_words import DoorModeSet
from doorctl.wire.occupancy_words import ZoneOccupancySet
from doorctl.wire.questions import Why
from doorctl.wire.results import WhyResult
from doorctl.wire.rights import ZoneFactorSet
from doorctl.wire.visits import VisitorSet, ZoneEscortSet
from tests.door.hand_driven import LATE_SECONDS, HandDrivenDoorway
from tests.hub.builders import CARD_KEYS, NOON, ASite, a_private

PEOPLE = {"h1": "ada", "h2": "grace", "h3": "alan"}
CARDS = {holder: f"H10301:1:{number}" for number, holder in enumerate(PEOPLE, start=1)}
PINS = {"h1": "2580", "h2": "2581"}
TWO = ZoneFactorSet("lab", persons=2)
RULES: dict[str, tuple[Verb, ...]] = {
    "grants alone": (),
    "two together": (TWO,),
    "two with one of the guards": (ZoneFactorSet("lab", persons=2, persons_group="guards"),),
    "three together": (ZoneFactorSet("lab", persons=3),),
    "card and PIN": (ZoneFactorSet("lab", Factor.CARD_AND_PIN),),
    "card and PIN of two": (ZoneFactorSet("lab", Factor.CARD_AND_PIN, persons=2),),
    "never alone": (ZoneOccupancySet("lab", least=2),),
    "one at a time": (ZoneOccupancySet("lab", passback=Passback.HARD, most=1),),
    "a visitor": (VisitorSet("h3", escort_group="guards"),),
    "a visitor of two together": (VisitorSet("h3", escort_group="staff"), TWO),
    "visitors alone": (VisitorSet("h3", escort="h2"), ZoneEscortSet("lab", alone=True)),
    "readers of one class": (ZoneClassesSet("lab", (ReaderClass.TEXT,)),),
    "locked": (DoorModeSet("lab-door", Mode.LOCKED),),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What is supposed: a reader that leads one way, of a class, and whether people get out without it."""

    way: Way = Way.IN
    is_wired: bool = False
    reader_class: ReaderClass | None = None
    interlocked: bool = False
    with_pin: bool = False


SETTINGS = (
    Setting(),
    Setting(with_pin=True),
    Setting(reader_class=ReaderClass.WIEGAND),
    Setting(interlocked=True),
    Setting(Way.OUT),
    Setting(Way.OUT, is_wired=True, interlocked=True),
)


class TheDoor(HandDrivenDoorway):
    """A real door that answers from the site's own policy, where people come one by one."""

    def __init__(self, site: ASite, setting: Setting) -> None:
        super().__init__()
        self.setting = setting
        self.policy = FactsReader(site.connection, rosters=RosterBook())
        building = self.policy.building()
        self.position = building.position
        self.around.occupancy.learn(building.zones)
        if setting.interlocked:
            others = {"lab-door": Others(("another",))}
            self.around = replace(self.around, interlock=Interlock(others))
        way_out = WayOut(frozenset({"reader"} if setting.way is Way.OUT else ()), setting.is_wired)
        state = DoorState(DoorSettings(has_contact=False))
        self.doorway = Doorway("lab-door", state, late_seconds=LATE_SECONDS, around=self.around, way_out=way_out)

    def comes(self, holder: str) -> tuple[Outcome | None, Reason | None]:
        """Let somebody present a card, and enter the PIN if the setting says so; tell what is decided."""
        before = len(self.decisions)
        self.now += 2  # so that the flood rule records each
        keys = CARD_KEYS.credential_keys(CARDS[holder])
        pins = CARD_KEYS.credential_keys(pin_text(PINS[holder], holder=holder)) if holder in PINS else None
        request = AccessRequest("lab-door", keys, NOON, reader_class=self.setting.reader_class or self.usual_class)
        if self.setting.with_pin:
            request = replace(request, pins=pins)
        self.doorway.take(Presented(request, "reader", self.now))
        self.doorway.give_up_at("reader")
        self.commit_all()
        return self.decisions[before]

    @property
    def usual_class(self) -> ReaderClass:
        zone = self.policy.building().zones["lab"]
        return next(iter(zone.reader_classes), ReaderClass.TEXT)

    @property
    def decisions(self) -> list[tuple[Outcome | None, Reason | None]]:
        return [(it.outcome, it.reason) for it in self.statements if it.kind is RecordKind.DECISION]

    def _ask(self, request: AccessRequest, answered: Callable[[Facts, PolicyPosition | None], None]) -> None:
        facts, position = self.policy.facts(request)
        answered(replace(facts, policy_age_seconds=0, clock_trusted=True), position)


@pytest.fixture
def lab(site: ASite) -> ASite:
    """A laboratory that Ada, Grace and Alan may enter; Ada is a guard, and she and Grace have PINs."""
    site.ask(ZoneSet("lab", ZoneKind.FLOOR))
    site.ask(DoorSet("lab-door", "lab"))
    for group, members in (("staff", ("h1", "h2")), ("guards", ("h1",))):
        site.ask(GroupAdd(group))
        for holder in PEOPLE if group == "staff" else ():
            site.ask(PersonAdd(holder), a_private(handle=PEOPLE[holder]))
            site.ask(CardAdd(holder), a_private(card=CARDS[holder]))
            site.ask(GrantAdd(f"g-{holder}", "lab", holder=holder))
        for holder in members:
            site.ask(GroupJoin(group, holder))
    for holder, pin in PINS.items():
        site.ask(PinSet(holder), Private("5" * 32, pin=pin))
    return site


def why(site: ASite, holder: str, others: Sequence[str], setting: Setting = SETTINGS[0]) -> WhyResult:
    asked = Why(
        "lab-door",
        with_pin=setting.with_pin,
        others=tuple(others),
        way=setting.way,
        egress_is_wired=setting.is_wired,
        reader_class=setting.reader_class,
        interlocked=setting.interlocked,
    )
    return site.ask_for(asked, WhyResult, a_private(handle=PEOPLE[holder]))


def orders() -> list[tuple[str, ...]]:
    """Everybody alone, behind one, and behind two others, in any order."""
    return [order for many in (1, 2, 3) for order in permutations(PEOPLE, many)]


@pytest.mark.parametrize("rules", RULES)
def test_why_answers_as_the_door_does_when_they_come_one_by_one(lab: ASite, rules: str) -> None:
    assert [lab.ask(verb).reason for verb in RULES[rules]] == [""] * len(RULES[rules])

    for setting, (*others, holder) in product(SETTINGS, orders()):
        door = TheDoor(lab, setting)
        at_door = [door.comes(each) for each in (*others, holder)]
        found = why(lab, holder, others, setting)
        told = [(it.outcome, it.told) for it in found.others]
        assert (found.outcome, found.reasons[0].reason) == at_door[-1], (setting, others, holder)
        assert told == [(outcome, reason.told) for outcome, reason in at_door[:-1] if reason], (setting, others)
