"""A memory for the rules of suspicion, builders of records, and what the rules say of them in any order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import (
    DEFAULTS,
    Distances,
    Mark,
    RuleBook,
    RuleName,
    Seen,
    Settings,
    Suspicion,
    Trace,
)
from doorctl.core.suspicion.pulse_bands import Band
from doorctl.core.suspicion.rules import judge

NOON = 1_800_014_400.0
ADA = "holder:h1"
PLACES = ("door-1", "door-2", "door-3")
MOMENTS = st.lists(st.integers(0, 400), max_size=14)
BY_THEMSELVES: Sequence[tuple[RuleName, dict[str, Any], dict[str, Any]]] = [
    (RuleName.FORCED_DOOR, {"kind": RecordKind.FORCED_OPEN}, {"kind": RecordKind.OPENED}),
    (
        RuleName.READER_TAMPER,
        {"kind": RecordKind.READER_TAMPER, "detail": "opened"},
        {"kind": RecordKind.READER_TAMPER, "detail": "closed"},
    ),
    (
        RuleName.TAMPER,
        {"kind": RecordKind.TAMPER, "detail": "tamper opened"},
        {"kind": RecordKind.TAMPER, "detail": "tamper closed"},
    ),
    (
        RuleName.INPUT_FAULT,
        {"kind": RecordKind.INPUT_FAULT, "detail": "contact short"},
        {"kind": RecordKind.INPUT_FAULT, "detail": "contact sound"},
    ),
    (
        RuleName.POWER_FAULT,
        {"kind": RecordKind.POWER, "detail": "mains failed"},
        {"kind": RecordKind.POWER, "detail": "mains back"},
    ),
    (
        RuleName.POWER_FAULT,
        {"kind": RecordKind.POWER, "detail": "battery low"},
        {"kind": RecordKind.POWER, "detail": "battery good"},
    ),
    (
        RuleName.READER_CHANNEL,
        {"kind": RecordKind.READER_OFFLINE, "detail": "secure channel lost"},
        {"kind": RecordKind.READER_OFFLINE, "detail": "hung up"},
    ),
    (
        RuleName.READER_CHANNEL,
        {"kind": RecordKind.READ_FAULT, "detail": "unprotected reply 0x50, block 0x12"},
        {"kind": RecordKind.READ_FAULT, "detail": "parity 26 bits"},
    ),
    (
        RuleName.TECHNICIAN,
        {"kind": RecordKind.TECHNICIAN_BEGAN},
        {"kind": RecordKind.TECHNICIAN_ENDED},
    ),
    (
        RuleName.TECHNICIAN,
        {"kind": RecordKind.OSDP_PAIRING, "detail": "begun, for 60 s"},
        {"kind": RecordKind.OSDP_PAIRING, "detail": "paired"},
    ),
    (RuleName.FLOOD, {"kind": RecordKind.FLOOD_SUMMARY}, {"kind": RecordKind.READ_FAULT}),
    (RuleName.LOG_ALARM, {"kind": RecordKind.LOG_ALARM, "alarm_of": "pi-1"}, {"kind": RecordKind.LOG_ALARM}),
    (RuleName.LOG_ALARM, {"kind": RecordKind.HUB_FORKED}, {"kind": RecordKind.HUB_ROOT}),
    (RuleName.AUDIT_FAILED, {"kind": RecordKind.AUDIT_FAILED}, {"kind": RecordKind.LOG_OPENED}),
    (RuleName.AUDIT_FAILED, {"kind": RecordKind.LOG_RECOVERED}, {"kind": RecordKind.LOG_CLOSED}),
]
"""Rules, a record that is an alert by itself, and one that is none."""


@dataclass
class AMemory:
    """What rules remember, kept in a list, and the bands of readers by their controller and name."""

    marks: list[Mark] = field(default_factory=list)
    bands: dict[tuple[str, str], Band] = field(default_factory=dict)

    def recall(self, trace: Trace, key: str, since: float, until: float) -> list[Mark]:
        return [it for it in self.marks if (it.trace, it.key) == (trace, key) and since <= it.at <= until]

    def see(self, seen: Seen, book: RuleBook) -> tuple[Suspicion, ...]:
        reader = seen.controller, seen.reader
        judged = judge(replace(seen, band=self.bands.get(reader)), book, self.recall)
        self.marks += judged.marks
        if judged.band is not None:
            self.bands[reader] = judged.band
        return judged.suspicions


def only(rule: RuleName, distances: Distances | None = None, **settings: object) -> RuleBook:
    """Make a book in which one rule is on, set like this."""
    off: Mapping[RuleName, Settings] = {name: replace(DEFAULTS[name], enabled=False) for name in RuleName}
    on = replace(DEFAULTS[rule], enabled=True, **settings)  # type: ignore[arg-type]
    return RuleBook({**off, rule: on}, distances or Distances())


def a_swipe(seconds: float = 0.0, **more: object) -> Seen:
    """Make a request of Ada's at door-1 that is granted."""
    usual = Seen(
        position=0,
        at=NOON + seconds,
        kind=RecordKind.DECISION,
        controller="pi-1",
        door="door-1",
        zone="floor-1",
        reader="in",
        outcome="granted",
        reason="granted",
        subject=ADA,
    )
    return replace(usual, **more)  # type: ignore[arg-type]


def a_denial(seconds: float = 0.0, **more: object) -> Seen:
    return a_swipe(seconds, **{"outcome": "denied", "reason": "no_grant", **more})


def raised(records: Iterable[Seen], book: RuleBook) -> list[Suspicion]:
    """Let records arrive one after the other, and return what was raised."""
    memory = AMemory()
    arrived = (replace(seen, position=position) for position, seen in enumerate(records, 1))
    return [suspicion for seen in arrived for suspicion in memory.see(seen, book)]


def windows(moments: Sequence[float], *, count: int, seconds: float) -> list[Sequence[float]]:
    """Find every run of so many moments that lie within so many seconds."""
    ordered = sorted(moments)
    runs = (ordered[first : first + count] for first in range(len(ordered) - count + 1))
    return [run for run in runs if run[-1] - run[0] <= seconds]


def uses() -> st.SearchStrategy[list[Seen]]:
    """Give uses of two cards at three doors."""
    made = st.builds(
        lambda at, door, reader, subject, good: a_swipe(
            at, door=door, zone=f"zone-{door}", reader=reader, subject=subject, has_good_clock=good
        ),
        st.integers(0, 400).map(lambda tenths: tenths / 2),
        st.sampled_from(PLACES),
        st.sampled_from(("in", "out")),
        st.sampled_from((ADA, "credential:ab")),
        st.sampled_from((True, True, True, False)),
    )
    return st.lists(made, max_size=10)
