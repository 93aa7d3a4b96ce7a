"""Laws of what a decision depends on: its request and facts, no order of rows, nothing that is about others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random

from doorctl.core.model import Credential, Grant, Holder, Schedule, Status
from doorctl.core.request import Facts
from doorctl.core.rules.grant_rules import admitting_grant
from tests.core.builders import KEY
from tests.core.law_cases import SO_MANY, cases
from tests.core.law_values import ALWAYS, PARIS, TIMEZONES, a_grant, any_bounds


@SO_MANY
def test_a_decision_is_the_same_after_any_others(number: int, chance: Random) -> None:
    asked = list(cases(chance, number))
    answers = {id(case): case.decision for case in asked}
    chance.shuffle(asked)

    assert all(case.decision == answers[id(case)] for case in asked)


@SO_MANY
def test_the_order_of_rows_does_not_matter(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        facts = case.facts
        shuffled = case.known(
            grants=tuple(chance.sample(facts.grants, len(facts.grants))),
            roster=facts.roster and tuple(chance.sample(facts.roster, len(facts.roster))),
            schedules=dict(chance.sample(list(facts.schedules.items()), len(facts.schedules))),
        )

        assert shuffled.decision == case.decision, case


@SO_MANY
def test_rows_that_are_about_something_else_do_not_matter(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        elsewhere = [replace(a_grant(chance, case.request.at), zone="cellar") for _ in range(3)]
        days = {case.request.at.date() + timedelta(days=days) for days in (-300, -3, 3, 4)}
        others = case.known(
            grants=tuple(chance.sample((*case.facts.grants, *elsewhere), len(case.facts.grants) + 3)),
            schedules={**case.facts.schedules, "other": ALWAYS, "another": Schedule("another", ())},
            holidays=case.facts.holidays | days,
        )

        assert others.decision == case.decision, case
        assert (admitting_grant(others.request, others.facts) is None) is (
            admitting_grant(case.request, case.facts) is None
        )


@SO_MANY
def test_a_moment_is_the_same_in_whatever_time_zone_it_is_written(number: int, chance: Random) -> None:
    for any_case in cases(chance, number):
        card = Credential(KEY, "ada", Status.ACTIVE, *any_bounds(chance, any_case.request.at))
        case, timezone = any_case.known(credential=card), chance.choice((PARIS, *TIMEZONES))
        written = case.asked(at=case.request.at.astimezone(timezone)).known(**rewritten(case.facts, timezone))

        assert written.decision == case.decision, case


def rewritten(facts: Facts, timezone: tzinfo) -> dict[str, object]:
    """Write the bounds of everything by another clock."""

    def by_clock(at: datetime | None) -> datetime | None:
        return None if at is None else at.astimezone(UTC).astimezone(timezone)

    def bounded(thing: Credential | Holder | Grant | None) -> Credential | Holder | Grant | None:
        if thing is None:
            return None
        return replace(thing, valid_from=by_clock(thing.valid_from), valid_until=by_clock(thing.valid_until))

    return {
        "credential": bounded(facts.credential),
        "holder": bounded(facts.holder),
        "grants": tuple(bounded(grant) for grant in facts.grants),
        "roster": facts.roster and tuple(replace(line, until=by_clock(line.until)) for line in facts.roster),
    }
