"""Who came along with somebody who was let in is heard of at the hub as whoever's card opened the door."""

from typing import Any

import pytest

from doorctl.core.model import Weekday
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from doorctl.hub.alerts.came_along import MOST_BETWEEN
from doorctl.policy.rows import WindowRow
from doorctl.wire.alerts import Alert, AlertRuleSet
from doorctl.wire.commands import ScheduleSet
from tests.hub.alerts.watching import a_log, deliver, turn, write
from tests.hub.builders import NOON, ASite, later
from tests.hub.logs import ALog, send

VAULT: dict[str, Any] = {"door": "vault-door", "zone": "vault"}
IN_CABIN: dict[str, Any] = {"door": "lift", "zone": ""}


def waits(log: ALog, whom: str, reason: Reason = Reason.PERSON_AWAITED, **more: Any) -> int:  # noqa: ANN401
    """Write that somebody waits for company, and return the number of that record."""
    told: dict[str, Any] = {**VAULT, "reason": reason, "reasons": (reason,), **more}
    write(log, subject=f"holder:{whom}", **told)
    return len(log.leaves) - 1


def let_in(log: ALog, whom: str, *, of: int | None, **more: Any) -> int:  # noqa: ANN401
    """Write that somebody is let in behind that record."""
    write(log, subject=f"holder:{whom}", **{**VAULT, "outcome": "granted", "of": of, **more})
    return len(log.leaves) - 1


def first_uses(alerts: list[Alert]) -> list[str]:
    assert {each.zone for each in alerts if each.rule == "first-use"} <= {"vault"}
    return sorted(each.about.removeprefix("holder:") for each in alerts if each.rule == "first-use")


def test_all_who_come_together_use_a_server_room_for_the_first_time(room: ASite) -> None:
    log = a_log(room)
    first = waits(log, "h2")
    waits(log, "h3", Reason.LEADER_AWAITED)
    let_in(log, "h1", of=first)

    alerts = deliver(room, log)

    assert first_uses(alerts) == ["h1", "h2", "h3"]
    assert {each.rule for each in alerts} == {"first-use"}


def test_who_came_along_before_is_there_for_the_first_time_no_more(room: ASite) -> None:
    log = a_log(room)
    let_in(log, "h1", of=waits(log, "h2"))
    before = deliver(room, log)
    told = len(log.leaves)
    let_in(log, "h2", of=waits(log, "h1"), at=4000)

    assert first_uses(before) == ["h1", "h2"]
    assert first_uses(deliver(room, log, first=told, seconds=4001)) == []


def test_who_waits_and_is_let_in_by_nobody_is_not_there(room: ASite) -> None:
    log = a_log(room)
    waits(log, "h2")
    let_in(log, "h1", of=None)

    assert first_uses(deliver(room, log)) == ["h1"]


def not_let_in(log: ALog) -> None:
    waits(log, "h3", Reason.NO_GRANT)


def at_another_door(log: ALog) -> None:
    waits(log, "h3", door="door-1", zone="floor-3")


def gone_to_another_door(log: ALog) -> None:
    waits(log, "h3")
    at_another_door(log)


def on_the_way_out(log: ALog) -> None:
    waits(log, "h3", Reason.MINIMUM_AWAITED, detail="way out, count site")


def for_company_and_more(log: ALog) -> None:
    waits(log, "h3", reasons=(Reason.NO_GRANT, Reason.PERSON_AWAITED))


@pytest.mark.parametrize(
    "between", [not_let_in, at_another_door, gone_to_another_door, on_the_way_out, for_company_and_more]
)
def test_who_asked_meanwhile_and_was_no_company_has_not_come_along(room: ASite, between: Any) -> None:  # noqa: ANN401
    log = a_log(room)
    first = waits(log, "h2")
    between(log)
    let_in(log, "h1", of=first)

    assert first_uses(deliver(room, log)) == ["h1", "h2"]


def test_who_waits_behind_an_escort_has_not_come_in_with_the_visitor(room: ASite) -> None:
    log = a_log(room)
    escort = let_in(log, "h1", of=None)
    waits(log, "h3")
    let_in(log, "h2", of=escort)

    assert first_uses(deliver(room, log)) == ["h1", "h2"]


def test_duress_does_not_hide_who_came_along_nor_is_it_theirs(room: ASite) -> None:
    log = a_log(room)
    first = waits(log, "h2", reasons=(Reason.PERSON_AWAITED, Reason.DURESS))
    waits(log, "h3", reasons=(Reason.PERSON_AWAITED, Reason.DURESS))
    let_in(log, "h1", of=first, reason=Reason.DURESS)

    alerts = deliver(room, log)

    assert first_uses(alerts) == ["h1", "h2", "h3"]
    assert [each.about for each in alerts if each.rule == "duress"] == ["holder:h1", "holder:h3", "holder:h2"]


def test_all_who_go_to_a_server_room_together_in_a_cabin_are_there_for_the_first_time(room: ASite) -> None:
    log = a_log(room)
    swipe = let_in(log, "h1", of=waits(log, "h2", **IN_CABIN), **IN_CABIN)
    before = deliver(room, log)
    write(log, subject="holder:h1", kind=RecordKind.FLOOR_CHOSEN, outcome=None, of=swipe, **VAULT)

    assert first_uses(before) == []
    assert first_uses(deliver(room, log, first=swipe + 1)) == ["h1", "h2"]


def test_who_comes_along_out_of_hours_is_told_too(room: ASite) -> None:
    room.hub.set_timezone("Europe/Paris", NOON)
    room.ask(ScheduleSet("office", (WindowRow((Weekday.FRIDAY,), "08:00", "12:00"),)))
    room.ask(AlertRuleSet(RuleName.OUT_OF_HOURS, enabled=True, schedule="office"))
    log = a_log(room)
    let_in(log, "h1", of=waits(log, "h2"))

    alerts = [each for each in deliver(room, log) if each.rule == "out-of-hours"]

    assert sorted(each.about for each in alerts) == ["holder:h1", "holder:h2"]


@pytest.mark.parametrize("of", [0, 1, 2, 7])
def test_a_link_to_whatever_is_followed_in_vain(room: ASite, of: int) -> None:
    log = a_log(room)
    write(log, kind=RecordKind.REX, subject="", outcome=None)
    let_in(log, "h1", of=of)
    write(log, kind=RecordKind.FLOOR_CHOSEN, outcome=None, subject="holder:h3", of=of, **VAULT)

    assert first_uses(deliver(room, log)) == ["h1", "h3"]
    assert room.hub.refusals == {}


def test_of_many_who_asked_between_only_so_many_are_looked_at(room: ASite) -> None:
    log = a_log(room)
    first = waits(log, "h2")
    for number in range(MOST_BETWEEN + 10):
        waits(log, f"h3{number}", at=1)
    let_in(log, "h1", of=first, at=2)
    for begin in range(0, len(log.leaves), 100):
        end = min(begin + 100, len(log.leaves))
        assert send(room, log.batch(begin, end), log.openings[begin:end], at=later(10))
    turn(room)

    assert room.rows("SELECT count(*) FROM suspicion_marks WHERE trace = 'first'") == [(MOST_BETWEEN + 1,)]
