"""Laws of the threat level and of classes: what raises or bars lets nobody in whom less keeps out."""

from random import Random

from doorctl.core.areas import Way
from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.model import Factor
from doorctl.core.rules.threat import HIGHEST_CLEARANCE, HIGHEST_THREAT, LOWEST_THREAT, ThreatStep, at_threat
from tests.core.law_cases import SO_MANY, Case, cases

LEVELS = range(LOWEST_THREAT, HIGHEST_THREAT + 1)


def any_steps(chance: Random) -> tuple[ThreatStep, ...]:
    """Choose what a zone says of some levels, of one perhaps twice."""
    return tuple(
        ThreatStep(chance.choice(LEVELS), chance.choice(list(Factor)), chance.choice((0, 0, 1, 2, HIGHEST_CLEARANCE)))
        for _ in range(chance.randrange(5))
    )


def at_level(case: Case, steps: tuple[ThreatStep, ...], level: int) -> Case:
    zone = case.facts.zone
    return case if zone is None else case.known(zone=at_threat(zone, steps, level))


@SO_MANY
def test_a_higher_threat_level_lets_in_nobody_whom_a_lower_one_keeps_out(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        steps = any_steps(chance)
        opens = [at_level(case, steps, level).is_granted for level in LEVELS]

        assert opens == sorted(opens, reverse=True), (case, steps)
        assert case.is_granted or not any(opens), (case, steps)


@SO_MANY
def test_one_step_more_lets_in_nobody_more(number: int, chance: Random) -> None:
    for any_case in cases(chance, number):
        case = any_case.in_zone(clearance=chance.choice((0, 3)))
        steps, level = any_steps(chance), chance.choice(LEVELS)
        fewer = at_level(case, steps[1:], level)

        assert fewer.is_granted or not at_level(case, steps, level).is_granted, (case, steps)


@SO_MANY
def test_a_higher_clearance_takes_nothing_away(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        cleared = case.known(clearance=case.facts.clearance + 1)

        assert cleared.is_granted or not case.is_granted, case


@SO_MANY
def test_who_says_nothing_of_reader_and_card_and_who_takes_fewer_opens_nothing(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        zone = case.facts.zone
        if zone is None:
            continue
        silent = case.asked(reader_class=None, card_class=None).known(card_class=CardClass.UNKNOWN)
        barred = case.in_zone(
            reader_classes=zone.reader_classes & {ReaderClass.WIEGAND} or frozenset({ReaderClass.OSDP_SC}),
            card_classes=zone.card_classes & {CardClass.SEOS} or frozenset({CardClass.SEOS}),
        )

        assert case.is_granted or not silent.is_granted, case
        assert case.is_granted or not barred.is_granted, case


@SO_MANY
def test_no_threat_level_and_no_class_keeps_anybody_in(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        leaves = case.asked(way=Way.OUT, egress_is_wired=chance.random() < 0.5)
        barred = leaves.in_zone(
            reader_classes=frozenset({ReaderClass.OSDP_SC}), card_classes=frozenset({CardClass.SEOS})
        )

        assert at_level(barred, any_steps(chance), chance.choice(LEVELS)).decision == leaves.decision, case
