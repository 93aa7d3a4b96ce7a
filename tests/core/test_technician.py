"""What a technician at the controller may not, each by its name."""

from dataclasses import replace

import pytest

from doorctl.core.machines.technician import (
    LATE_SECONDS,
    MOST_SECONDS,
    PulseFacts,
    TechnicianRefusal,
    refused_beginning,
    refused_pulse,
)

GOOD = PulseFacts(begun=True)


@pytest.mark.parametrize(
    ("seconds", "begun", "refusal"),
    [
        (1, False, None),
        (MOST_SECONDS, False, None),
        (MOST_SECONDS + 1, False, TechnicianRefusal.TOO_LONG),
        (0, False, TechnicianRefusal.TOO_LONG),
        (-1, False, TechnicianRefusal.TOO_LONG),
        (1, True, TechnicianRefusal.BEGUN_ALREADY),
    ],
)
def test_nobody_begins_twice_nor_for_too_long(
    seconds: int, *, begun: bool, refusal: TechnicianRefusal | None
) -> None:
    assert refused_beginning(seconds, begun=begun) is refusal


@pytest.mark.parametrize(
    ("pulse", "refusal"),
    [
        (GOOD, None),
        (replace(GOOD, begun=False), TechnicianRefusal.NOT_BEGUN),
        (replace(GOOD, known=False), TechnicianRefusal.UNKNOWN_DOOR),
        (replace(GOOD, locked_down=True), TechnicianRefusal.LOCKDOWN),
        (replace(GOOD, interlocked=True), TechnicianRefusal.INTERLOCKED),
        (replace(GOOD, waited_seconds=LATE_SECONDS), None),
        (replace(GOOD, waited_seconds=LATE_SECONDS + 0.1), TechnicianRefusal.LATE),
    ],
)
def test_a_release_is_refused_by_name(pulse: PulseFacts, refusal: TechnicianRefusal | None) -> None:
    assert refused_pulse(pulse) is refusal
