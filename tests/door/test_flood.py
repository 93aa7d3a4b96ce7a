"""The flood rule as a law: at most so many records in any second and minute, and nothing uncounted."""

import itertools
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.records import RecordKind
from doorctl.door.flood import A_MINUTE, A_SECOND, RECORDS_A_MINUTE, FloodGate, FloodRule

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
