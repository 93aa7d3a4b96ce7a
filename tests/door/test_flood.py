"""The flood rule as a law: at most so many records in any second and minute, and nothing uncounted."""

import itertools
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.machines.door_state import DoorSettings, DoorState
from doorctl.core.records import RecordKind
from doorctl.door.asking.asked import Presented
from doorctl.door.doorway import Doorway
from doorctl.door.flood import A_MINUTE, A_SECOND, RECORDS_A_MINUTE, FloodGate, FloodRule
from tests.core import builders
from tests.door.hand_driven import DOOR, HandDrivenDoorway

pauses = st.one_of(st.floats(0, 0.1), st.floats(0.9, 1.1), st.floats(0, 90))
arrivals = st.lists(st.tuples(pauses, st.sampled_from(["parity", "unknown_card"])), max_size=200)


def counts_in(text: str) -> Counter[str]:
    return Counter({what: int(count) for what, _, count in (word.partition("=") for word in text.split())})


@given(arrivals)
def test_no_second_and_no_minute_has_more_records_than_allowed(events: list[tuple[float, str]]) -> None:
    gate, now, recorded = FloodGate(0.0), 0.0, []
    for pause, what in events:
        now += pause
        if gate.admits(what, now):
            recorded.append(now)
        gate.summary(now)

    assert all(later - earlier >= A_SECOND for earlier, later in itertools.pairwise(recorded))
    thirty_apart = zip(recorded, recorded[RECORDS_A_MINUTE:], strict=False)
    assert all(later - earlier >= A_MINUTE for earlier, later in thirty_apart)


@given(arrivals)
def test_everything_is_recorded_or_counted_exactly_once(events: list[tuple[float, str]]) -> None:
    gate, now = FloodGate(0.0), 0.0
    recorded: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for pause, what in events:
        now += pause
        recorded[what] += gate.admits(what, now)
        counted += counts_in(gate.summary(now))
    counted += counts_in(gate.close(now))

    assert recorded + counted == Counter(what for _, what in events)


def test_a_steady_flood_is_recorded_thirty_times_a_minute() -> None:
    gate = FloodGate(0.0)

    recorded = sum(gate.admits("parity", turn / 100) for turn in range(100 * 180))

    assert recorded == 3 * RECORDS_A_MINUTE


def test_the_summary_comes_once_a_minute() -> None:
    gate = FloodGate(0.0)
    for _ in range(5):
        gate.admits("parity", 0.0)

    assert [gate.summary(now) for now in (59.9, 60.0, 120.0)] == ["", "parity=4", ""]


def test_sources_and_kinds_do_not_hide_each_other() -> None:
    rule = FloodRule()
    noisy = [rule.admits("front", RecordKind.READ_FAULT, "parity", 0.0) for _ in range(10)]

    assert noisy.count(True) == 1
    assert rule.admits("front", RecordKind.DECISION, "unknown_card", 0.0)
    assert rule.admits("vault", RecordKind.READ_FAULT, "parity", 0.0)
    assert rule.close(1.0) == [("front", "parity=9")]


def test_without_room_in_the_log_everything_is_counted_but_what_one_holder_does() -> None:
    room = [True, False, False]
    rule = FloodRule(lambda: room.pop(0))
    admitted = [rule.admits("front", RecordKind.DECISION, "unknown_card", float(now)) for now in (0, 10, 20)]
    begun = rule.admits("front", RecordKind.DECISION, "break_glass_awaits_second", 30.0, holder="ada")

    assert (admitted, begun) == ([True, False, False], True)
    assert rule.close(60.0) == [("front", "unknown_card=2")]


def test_a_door_records_no_refusal_while_floods_fill_their_share_of_the_log() -> None:
    door = HandDrivenDoorway(builders.facts())
    state = DoorState(DoorSettings())
    crowded = Doorway(DOOR, state, late_seconds=2.0, around=replace(door.around, room=lambda: False))
    crowded.take(Presented(builders.a_request(), "front-in", door.now))
    crowded.report_fault("front-in", "parity", "parity")
    denied = list(door.kinds)
    crowded.close(door.now)

    assert denied == []
    assert sorted(statement.detail for statement in door.statements) == ["no_grant=1", "parity=1"]


def test_a_door_records_a_grant_while_floods_fill_their_share_of_the_log() -> None:
    door = HandDrivenDoorway()
    state = DoorState(DoorSettings())
    crowded = Doorway(DOOR, state, late_seconds=2.0, around=replace(door.around, room=lambda: False))
    crowded.take(Presented(builders.a_request(), "front-in", door.now))

    assert door.kinds == [RecordKind.DECISION]
