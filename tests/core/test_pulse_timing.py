"""The pulses of a reader: its band is learned once from good reads, and what is beyond it is suspicious."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleBook, RuleName, Seen, Severity
from doorctl.core.suspicion.pulse_bands import Band, Pulses, Span, is_within, widened
from tests.core.suspicion_rig import NOON, AMemory, a_swipe, only, raised

USUAL = Pulses((48, 52), (1990, 2010))
OTHER = Pulses((34, 34), (5250, 5260))
READS = 3

SPANS = st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)).map(lambda pair: (min(pair), max(pair)))
PULSES = st.builds(Pulses, SPANS, SPANS)


def a_book() -> RuleBook:
    return only(RuleName.PULSE_TIMING, count=READS, quiet_seconds=0.0)


def a_read(pulses: Pulses | None = USUAL, **more: Any) -> Seen:  # noqa: ANN401
    return a_swipe(pulses=pulses, **more)


def learned(**more: Any) -> list[Seen]:  # noqa: ANN401
    """Give as many good reads as a band takes."""
    return [a_read(**more)] * READS


def test_a_read_beyond_the_band_names_door_reader_and_what_was_measured_and_learned() -> None:
    (found,) = raised([*learned(), a_read(OTHER)], a_book())

    assert (found.rule, found.severity, found.door, found.records) == (
        RuleName.PULSE_TIMING,
        Severity.HIGH,
        "door-1",
        (READS + 1,),
    )
    measured, learned_before = "pulses 34-34 us every 5250-5260 us", "pulses 48-52 us every 1990-2010 us"
    assert found.detail == f"reader in: {measured}; learned: {learned_before}"


def test_nothing_is_suspicious_while_a_reader_is_learned() -> None:
    assert raised([*learned()[1:], a_read(OTHER)], a_book()) == []


@pytest.mark.parametrize(
    ("width", "interval", "is_usual"),
    [
        ((38, 62), (1791, 2211), True),
        ((37, 52), (1990, 2010), False),
        ((48, 63), (1990, 2010), False),
        ((48, 52), (1790, 2010), False),
        ((48, 52), (1990, 2212), False),
    ],
)
def test_a_margin_of_ten_microseconds_or_a_tenth_is_allowed(width: Span, interval: Span, *, is_usual: bool) -> None:
    found = raised([*learned(), a_read(Pulses(width, interval))], a_book())

    assert (found == []) is is_usual


@given(reads=st.lists(PULSES, min_size=1, max_size=8))
def test_a_band_is_the_extremes_of_its_reads_in_any_order(reads: list[Pulses]) -> None:
    band = a_band_of(reads)

    assert band == Band(
        len(reads),
        Pulses(
            (min(each.width[0] for each in reads), max(each.width[1] for each in reads)),
            (min(each.interval[0] for each in reads), max(each.interval[1] for each in reads)),
        ),
    )
    assert all(is_within(each, band) for each in reads)


def test_no_row_of_reads_drags_the_band_along() -> None:
    drifting = [a_read(Pulses((48, 52 + step), (1990, 2010)), at=NOON + step) for step in range(20)]

    found = raised([*learned(), *drifting], a_book())

    assert [each.at - NOON for each in found] == list(range(11, 20))


@pytest.mark.parametrize(
    "refused",
    [{"outcome": "denied", "reason": "no_grant"}, {"kind": RecordKind.REX, "outcome": "granted"}],
    ids=["denied", "no decision"],
)
def test_only_who_is_let_in_teaches(refused: dict[str, Any]) -> None:
    memory = AMemory()

    for seen in learned(**refused):
        memory.see(seen, a_book())

    assert memory.bands == {}


def test_who_is_denied_is_suspicious_all_the_same() -> None:
    found = raised([*learned(), a_read(OTHER, outcome="denied", reason="no_grant")], a_book())

    assert len(found) == 1


def test_a_reader_whose_pulses_nobody_measures_is_never_suspicious() -> None:
    assert raised([*learned(), a_read(None), *learned(pulses=None, reader="out")], a_book()) == []


@pytest.mark.parametrize("other", [{"reader": "out"}, {"controller": "pi-2"}], ids=str)
def test_each_reader_has_a_band_of_its_own(other: dict[str, str]) -> None:
    others = [replace(seen, **other) for seen in learned(pulses=OTHER)]  # type: ignore[arg-type]

    assert raised([*learned(), *others, a_read()], a_book()) == []


def test_a_band_is_learned_while_the_rule_is_off() -> None:
    memory, off = AMemory(), only(RuleName.TEST)
    for seen in learned():
        memory.see(seen, off)

    assert len(memory.see(a_read(OTHER), a_book())) == 1


def a_band_of(reads: Sequence[Pulses]) -> Band:
    first: Band | None = None
    band = reduce(widened, reads, first)
    assert band is not None
    return band
