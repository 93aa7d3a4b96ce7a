"""Laws of modes: none lets somebody in whom a door of cards denies, and none unlocks what must stay shut."""

from dataclasses import replace
from random import Random

from doorctl.core.modes import OPENING, DoorModes, Mode
from doorctl.core.rules.door_mode import mode_at
from tests.core.builders import FRONT
from tests.core.law_cases import SO_MANY, Case, cases
from tests.core.law_values import any_modes


def in_modes(case: Case, modes: DoorModes) -> Case:
    """Give the case at the front door in these modes."""
    return case.known(door=replace(FRONT, modes=modes))


@SO_MANY
def test_no_mode_lets_in_whom_a_door_of_cards_denies(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        by_card = in_modes(case, DoorModes())
        modes = any_modes(chance, case.request.at)

        assert by_card.is_granted or not in_modes(case, modes).is_granted, (case, modes)


@SO_MANY
def test_what_must_stay_shut_is_unlocked_by_no_mode(number: int, chance: Random) -> None:
    for any_case in cases(chance, number):
        case = in_modes(any_case, any_modes(chance, any_case.request.at))
        for shut in (
            case.asked(strict_zone="floor-3"),
            case.in_zone(strict=True) if case.facts.zone else case.asked(strict_zone="floor-3"),
            case.known(locked_down=True, may_break_glass=False),
            case.known(needs_upgrade=True),
            case.known(policy_known=False),
        ):
            assert mode_at(shut.request, shut.facts).mode not in OPENING, case


@SO_MANY
def test_a_clock_that_does_not_count_unlocks_nothing_by_the_time(number: int, chance: Random) -> None:
    for any_case in cases(chance, number):
        modes = replace(any_modes(chance, any_case.request.at), override=None)
        timed = replace(modes, times=(("always", chance.choice(list(Mode))), *modes.times))
        case = in_modes(any_case, timed).known(clock_trusted=False, boot_seconds=None)

        assert mode_at(case.request, case.facts).mode in {Mode.CARD, Mode.LOCKED}, case
