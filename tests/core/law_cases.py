"""Requests with facts at random, as usual but for a few things, so that more than a third is granted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

import pytest

from doorctl.core.areas import Inside, Way
from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.decision import decide
from doorctl.core.model import (
    CardLimits,
    CardUsed,
    Credential,
    HeldCode,
    HeldPin,
    HolderTimes,
    RosterLine,
)
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Decision, Facts
from tests.core.builders import ADA, ADAS_GRANT, ADAS_PIN, FRONT, KEY, WITH_GRACE
from tests.core.law_values import (
    ALWAYS,
    DAY,
    DURESS,
    HOUR,
    LONG_AGO,
    MOMENTS,
    NEVER,
    RIGHT,
    TICK,
    TIMEZONES,
    WRONG,
    a_visitor,
    a_zone,
    an_office,
    any_card,
    any_company,
    any_door,
    any_escorting,
    any_grants,
    any_holder,
    any_inside,
    any_roster,
    mostly,
)

SO_MANY = pytest.mark.parametrize(
    "number", [1_000, pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])]
)
"""Of every law, so many cases or runs: in `make test`, and in `make test-long`."""
HOW_MANY = (0, 1, 1, 2, 2, 3, 4, 6, 10)
"""So many things of a case may be other than usual."""
Drawn = Callable[[Random, datetime], object]


def one_of(*values: object) -> Drawn:
    """Draw one of these."""
    return lambda chance, _: chance.choice(values)


REQUESTS: Mapping[str, Drawn] = {
    "door": one_of("front", "front", "back"),
    "credentials": one_of((), (WRONG,), (KEY, WRONG), (WRONG, KEY)),
    "at": lambda chance, at: at + chance.choice((-HOUR, -TICK, TICK, HOUR)),
    "strict_zone": one_of("floor-3", "floor-3", "floor-3", "lobby"),
    "companions": lambda chance, _: any_company(chance),
    "pins": one_of(None, None, None, (DURESS,), (WRONG,), (WRONG, RIGHT), ()),
    "pin_alone": one_of(True),
    "way": one_of(Way.OUT),
    "egress_is_wired": one_of(False, True),
    "escorts": one_of((), ("alan", "grace"), ("alan",)),
    "reader_class": one_of(None, ReaderClass.TEXT),
    "card_class": one_of(*CardClass),
    "own_pin": one_of(False, True),
}
"""Of each field of a request, what it may be beside the usual."""
MAYBE: Drawn = one_of(False, True)
FACTS: Mapping[str, Drawn] = {
    "door": any_door,
    "zone": lambda chance, _: mostly(chance, a_zone(chance), None),
    "credential": any_card,
    "holder": any_holder,
    "grants": any_grants,
    "schedules": one_of({}, {"always": ALWAYS}),
    "holidays": lambda _, at: frozenset({at.date()}),
    "timezone": one_of(*TIMEZONES),
    "policy_known": MAYBE,
    "ring_keys": one_of(2),
    "roster": any_roster,
    "may_break_glass": MAYBE,
    "leads": MAYBE,
    "may_toggle": MAYBE,
    "locked_down": MAYBE,
    "needs_upgrade": MAYBE,
    "policy_age_seconds": one_of(None, 61.0, 60.0),
    "policy_forked": MAYBE,
    "clock_trusted": MAYBE,
    "boot_seconds": one_of(10.0, 3600.0),
    "denied_by_order": MAYBE,
    "disk_almost_full": MAYBE,
    "pin": one_of(None, HeldPin(RIGHT), HeldPin(WRONG, RIGHT, ring_keys=2)),
    "pin_code": lambda chance, at: HeldCode(*chance.choice(((WRONG, at + HOUR), (RIGHT, at, 2, 4)))),
    "credential_blocked": MAYBE,
    "reader_blocked": MAYBE,
    "interlocked": MAYBE,
    "limits": one_of(CardLimits("l1", uses=2), CardLimits("l2", first_use_seconds=60), CardLimits("l3", 1, 60)),
    "used": lambda chance, at: CardUsed(chance.randrange(3), at + chance.choice((-HOUR, -TICK, HOUR))),
    "times": one_of(HolderTimes(9.0, 12.0), HolderTimes()),
    "trained": one_of({}, {"ladder": LONG_AGO}),
    "inside": any_inside,
    "visitor": a_visitor,
    "escorting": lambda chance, _: any_escorting(chance),
    "card_class": one_of(*CardClass),
    "clearance": one_of(0, 1, 9),
}
"""Of each field of the facts, what it may be beside the usual."""
ALL = (*((True, name) for name in REQUESTS), *((False, name) for name in FACTS))


@dataclass(frozen=True, slots=True)
class Case:
    """A request and what is known of it."""

    request: AccessRequest
    facts: Facts

    @property
    def decision(self) -> Decision:
        """What the rules make of it."""
        return decide(self.request, self.facts)

    @property
    def denials(self) -> tuple[Reason, ...]:
        """The reasons that deny; duress denies nothing, and may be told beside them."""
        return tuple(reason for reason in self.decision.reasons if reason is not Reason.DURESS)

    @property
    def is_granted(self) -> bool:
        """Whether it opens."""
        return self.decision.is_granted

    def asked(self, **changes: Any) -> "Case":  # noqa: ANN401 (as dataclasses.replace has it)
        """Give the case with another request."""
        return replace(self, request=replace(self.request, **changes))

    def known(self, **changes: Any) -> "Case":  # noqa: ANN401 (as dataclasses.replace has it)
        """Give the case with other facts."""
        return replace(self, facts=replace(self.facts, **changes))

    def in_zone(self, **changes: Any) -> "Case":  # noqa: ANN401 (as dataclasses.replace has it)
        """Give the case with another zone; one that is not known stays so."""
        return self if self.facts.zone is None else self.known(zone=replace(self.facts.zone, **changes))


def cases(chance: Random, number: int) -> Iterator[Case]:
    """Make so many cases of whoever enters or leaves."""
    return (a_case(chance) for _ in range(number))


def entries(chance: Random, number: int) -> Iterator[Case]:
    """Make so many cases of whoever enters."""
    return (case.asked(way=Way.IN) for case in cases(chance, number))


def a_case(chance: Random) -> Case:
    """Make any request at the front door: the usual one, but for so many things."""
    at = chance.choice(MOMENTS)
    request, facts = a_usual_request(chance, at), usual_facts(chance, at)
    for is_asked, name in chance.sample(ALL, chance.choice(HOW_MANY)):
        if is_asked:
            request[name] = REQUESTS[name](chance, at)
        else:
            facts[name] = FACTS[name](chance, at)
    if request["pin_alone"]:
        request["credentials"], facts["credential"] = (), None
    return Case(AccessRequest(**request), Facts(**facts))


def a_usual_request(chance: Random, at: datetime) -> dict[str, Any]:
    """Make the request of somebody with card and PIN, mostly in, behind an escort and with somebody else."""
    return {
        "door": "front",
        "credentials": (KEY,),
        "at": at,
        "companions": WITH_GRACE,
        "pins": chance.choice(((RIGHT,), (RIGHT,), None)),
        "pin_alone": False,
        "way": mostly(chance, Way.IN, Way.OUT),
        "egress_is_wired": chance.random() < 0.5,
        "escorts": ("grace",),
        "reader_class": ReaderClass.WIEGAND,
    }


def usual_facts(chance: Random, at: datetime) -> dict[str, Any]:
    """Make the facts of somebody who may pass, where the zone does not ask for more than they bring."""
    others = any_grants(chance, at)
    return {
        "door": FRONT,
        "zone": a_zone(chance),
        "credential": Credential(KEY, "ada"),
        "holder": ADA,
        "grants": others if others and chance.random() < 0.5 else (ADAS_GRANT, *others),
        "schedules": {schedule.id: schedule for schedule in (ALWAYS, NEVER, an_office(chance))},
        "holidays": frozenset(),
        "timezone": chance.choice(TIMEZONES),
        "roster": (RosterLine(),),
        "leads": True,
        "may_break_glass": chance.random() < 0.5,
        "policy_age_seconds": mostly(chance, 10.0, None),
        "clock_trusted": True,
        "pin": ADAS_PIN,
        "trained": {"ladder": at.date() - DAY},
        "inside": Inside(place_known=True, others={"floor-3": 1}, staying=1),
        "card_class": CardClass.DESFIRE,
        "clearance": 2,
    }
