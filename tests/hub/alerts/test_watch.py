"""The watch at the hub: records arrive, alerts are raised once, said, kept and recorded."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from doorctl.audit.leaf import leaf_bytes, read_leaf
from doorctl.core.model import Status, Weekday
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from doorctl.hub.alerts.seen_records import WATCHED
from doorctl.hub.alerts.watch import MOST_AN_HOUR
from doorctl.policy.rows import WindowRow
from doorctl.wire.alerts import (
    AlertDistanceSet,
    AlertRuleSet,
    Place,
)
from doorctl.wire.commands import PersonEdit, ScheduleSet
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from tests.core.suspicion_rig import BY_THEMSELVES
from tests.hub.alerts.watching import (
    a_log,
    alerts_in,
    deliver,
    five_denials,
    recorded,
    rules_of,
    told,
    turn,
    write,
)
from tests.hub.builders import NOON, ASite, a_private, later
from tests.hub.disks import no_room_in
from tests.hub.logs import UNKNOWN_BADGE, ALog, send

_STRANGE = """
INSERT INTO records (controller, log_epoch, seq, leaf, at, kind, door, zone)
VALUES ('hub', 0, ?, CAST('{"at":"2027-01-15T12:00:00Z"}' AS BLOB), 0, 'log_alarm', '', '')
"""
"""An alarm of the hub's own that does not say whose log it is about."""


def test_denials_raise_one_alert_that_is_said_kept_and_recorded(room: ASite) -> None:
    alerts = deliver(room, five_denials(room))

    (found,) = alerts_in(room)
    assert rules_of(alerts) == ["denials-at-door"]
    assert (alerts[0].id, alerts[0].state, alerts[0].door, alerts[0].records) == (found.id, "open", "door-1", 5)
    assert [(place.log, place.seq) for place in found.records] == [("pi-1", seq) for seq in range(5)]
    assert recorded(room, RecordKind.ALERT_RAISED) == [f"alert {found.id}: denials-at-door, medium: 5 within 4 s"]
    assert room.ask_for(StatusOf(), SiteStatus).open_alerts == 1


def test_what_was_said_is_not_said_again(room: ASite) -> None:
    deliver(room, five_denials(room))

    assert [turn(room, seconds=10 + each) for each in range(3)] == [[], [], []]


def test_records_are_judged_once_over_restarts(room: ASite) -> None:
    log = five_denials(room)
    assert send(room, log.batch(0, 3), [])
    turn(room)
    room.restart()
    assert send(room, log.batch(3, 5), [])
    room.restart()

    alerts = turn(room)
    room.restart()

    assert len(alerts) == 1
    assert len(alerts_in(room)) == len(recorded(room, RecordKind.ALERT_RAISED)) == 1


def test_an_alert_whose_saying_was_cut_off_is_said_again_and_raised_once(room: ASite) -> None:
    first = deliver(room, five_denials(room))
    room.restart()

    again = turn(room)

    assert again == first
    assert len(alerts_in(room)) == 1


def test_a_failed_commit_leaves_neither_alert_nor_mark_nor_record(room: ASite) -> None:
    with no_room_in(room.connection, "alerts"):
        assert deliver(room, five_denials(room)) == []
    assert recorded(room, RecordKind.ALERT_RAISED) == []
    assert room.rows("SELECT count(*) FROM suspicion_marks WHERE trace = 'denied-at'") == [(0,)]

    assert rules_of(turn(room)) == ["denials-at-door"]


def test_a_broker_that_was_away_hears_the_open_alerts(room: ASite) -> None:
    alerts = deliver(room, five_denials(room))

    assert told(room, room.hub.greet(later(20))) == alerts


def test_what_arrived_before_anybody_watched_raises_nothing(tmp_path: Path) -> None:
    site = ASite(tmp_path, controllers=("pi-1", "pi-2"))
    send(site, five_denials(site).batch(0, 5), [])
    site.connection.executescript(
        "DROP TRIGGER suspicion_of_nobody; DROP TABLE suspicion_cursor; DROP TABLE suspicion_marks;"
        "DROP TABLE alerts; DROP TABLE alert_rules; DROP TABLE alert_distances; DROP TABLE alert_outbox;"
        "DELETE FROM _sqlite_migrations WHERE name LIKE '%_alerts';"
    )

    site.restart()

    assert turn(site) == []
    site.close()


def test_a_late_record_says_so(room: ASite) -> None:
    (alert,) = deliver(room, five_denials(room), seconds=86_400)

    assert alert.late
    assert alert.at == int(later(4).timestamp())


def test_the_times_that_count_are_the_records_own(room: ASite) -> None:
    first, second = a_log(room), a_log(room, 1)
    for at in (0, 1, 2):
        write(second, at=at, subject=UNKNOWN_BADGE, door="vault-door")
    for half in (1.5, 2.5):
        write(first, at=half, subject=UNKNOWN_BADGE)

    deliver(room, second, seconds=80_000)
    alerts = deliver(room, first, seconds=90_000)

    assert rules_of(alerts)[-1] == "twice-at-once"
    assert "denials-of-card" in rules_of(alerts)


def test_clocks_that_nothing_confirms_are_not_compared(room: ASite) -> None:
    first, second = a_log(room), a_log(room, 1)
    write(first, clock="unsynchronized")
    write(second, door="vault-door")

    assert deliver(room, first) + deliver(room, second) == []


def test_doors_too_far_from_each_other_are_told_by_the_distance_that_is_set(room: ASite) -> None:
    room.ask(AlertDistanceSet(Place.ZONE, "vault", "floor-3", 60))
    first, second = a_log(room), a_log(room, 1)
    write(first, at=0)
    write(second, at=30, door="vault-door", zone="vault")

    deliver(room, first, seconds=40)

    assert rules_of(deliver(room, second, seconds=40)) == ["too-fast"]


def test_somebody_who_has_left_is_told_by_the_hubs_policy(room: ASite) -> None:
    left = int(later(100).timestamp())
    room.ask(PersonEdit("h1", Status.ACTIVE, valid_until=left), a_private(handle="ada"))
    log = a_log(room)
    write(log, at=99, outcome="granted")
    write(log, at=100, outcome="granted")

    assert [(each.rule, each.at) for each in deliver(room, log, seconds=101)] == [("after-leaving", left)]


def test_out_of_hours_is_by_the_schedule_that_is_set(room: ASite) -> None:
    room.hub.set_timezone("Europe/Paris", NOON)
    room.ask(ScheduleSet("office", (WindowRow((Weekday.FRIDAY,), "08:00", "14:00"),)))
    room.ask(AlertRuleSet(RuleName.OUT_OF_HOURS, enabled=True, schedule="office"))
    log = a_log(room)
    write(log, at=3599, outcome="granted")  # 13:59:59 in Paris
    write(log, at=3600, outcome="granted")

    assert [each.at for each in deliver(room, log, seconds=3601)] == [int(later(3600).timestamp())]


def test_somebody_leaves_an_empty_server_room(room: ASite) -> None:
    for controller in room.controllers:
        room.ack(controller, at=later(50_000), doors=("vault-door",) if controller.id == "pi-1" else ("door-1",))
    log = a_log(room)
    write(log, at=0, subject="holder:h1", outcome="granted", door="vault-door", zone="vault")
    write(log, at=50_000, subject="", kind=RecordKind.REX, outcome=None, door="vault-door", zone="vault")

    assert "rex-when-empty" in rules_of(deliver(room, log, seconds=50_001))


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ([(RecordKind.ENTERED, 0), (RecordKind.LEFT, 60)], ["rex-when-empty"]),
        ([(RecordKind.ENTERED, 0)], []),
        ([(RecordKind.ENTERED, 0), (RecordKind.LEFT, 101)], []),
        ([(RecordKind.ENTERED, 0), (RecordKind.LEFT, 60), (RecordKind.ENTERED, 101)], ["rex-when-empty"]),
        ([(RecordKind.ENTERED, 0), (RecordKind.OCCUPANCY_RESET, 60)], []),
        ([], []),
    ],
)
def test_a_door_is_opened_from_inside_where_nobody_counts_as_inside(
    room: ASite, moves: list[tuple[RecordKind, int]], told: list[str]
) -> None:
    room.ack(room.controllers[0], at=later(100), doors=("vault-door",))
    log = a_log(room)
    for kind, at in sorted([*moves, (RecordKind.OPENED, 100)], key=lambda move: move[1]):
        by = {"reason": "rex", "door": "vault-door"} if kind is RecordKind.OPENED else {"door": "vault-door"}
        whom = "holder:h1" if kind in (RecordKind.ENTERED, RecordKind.LEFT) else ""
        write(log, at=at, kind=kind, subject=whom, outcome=None, zone="vault", **by)

    assert rules_of(deliver(room, log, seconds=102)) == told


def test_nobody_is_missed_in_a_room_whose_other_controller_is_not_heard(room: ASite) -> None:
    room.ack(room.controllers[1], at=later(0), doors=("vault-door",))
    log = a_log(room)
    write(log, at=0, subject="holder:h1", outcome="granted", door="vault-door", zone="vault")
    write(log, at=50_000, subject="", kind=RecordKind.REX, outcome=None, door="vault-door", zone="vault")

    assert "rex-when-empty" not in rules_of(deliver(room, log, seconds=50_001))


def test_a_silent_controller_is_told_once_and_not_for_the_time_that_the_hub_was_away(room: ASite) -> None:
    room.ack(room.controllers[0], at=later(0), counter=1)
    turn(room, seconds=1)
    room.restart()

    silences = [turn(room, seconds=at) for at in (5000, 5890, 5901, 6000, 7000)]

    assert [[each.controller for each in alerts] for alerts in silences] == [[], [], ["pi-1"], [], []]


def test_of_one_controller_only_so_many_alerts_are_raised_within_an_hour(room: ASite) -> None:
    log = a_log(room)
    for number in range(MOST_AN_HOUR + 20):
        write(log, at=0, kind=RecordKind.FORCED_OPEN, outcome=None, subject="", door=f"door-{number}")

    deliver(room, log)

    found = room.rows("SELECT rule, count(*) FROM alerts GROUP BY rule ORDER BY rule")
    assert found == [("flood", 1), ("forced-door", MOST_AN_HOUR)]


def test_a_flood_of_lesser_alerts_hides_no_graver_one(room: ASite) -> None:
    log = a_log(room)
    for number in range(5 * (MOST_AN_HOUR + 20)):
        write(log, at=0, subject="", door=f"door-{number // 5}")
    write(log, at=1, kind=RecordKind.FORCED_OPEN, outcome=None, subject="", door="door-1")

    for first in range(0, len(log.leaves), 100):
        send(room, log.batch(first, min(first + 100, len(log.leaves))), [], at=later(10))
    for _ in range(5):
        turn(room)

    found = room.rows("SELECT rule, severity, count(*) FROM alerts GROUP BY rule, severity ORDER BY rule")
    assert found == [
        ("denials-at-door", "medium", MOST_AN_HOUR),
        ("flood", "medium", 1),
        ("forced-door", "critical", 1),
    ]


@pytest.mark.parametrize(
    "leaf",
    [
        b'{"v":1,"controller":"pi-1","epoch":1,"seq":0,"at":"2027-01-15T12:00:00Z","kind":"decision","reason":7}',
        b'{"v":1,"controller":"pi-1","epoch":1,"seq":0,"at":"2027-01-15T12:00:00Z","kind":"decision","door":"\\u001b[2J"}',
        b'{"v":1,"controller":"pi-1","epoch":1,"seq":0,"at":"9999-12-31T23:59:59Z","kind":"decision","outcome":"denied"}',
        b'{"v":1,"controller":"pi-1","epoch":1,"seq":0,"at":"0001-01-01T00:00:00Z","kind":"forced_open"}',
    ],
)
def test_a_record_that_nobody_thought_of_does_not_end_the_watch(room: ASite, leaf: bytes) -> None:
    strange, log = ALog(room.controllers[0], leaves=[leaf]), a_log(room, 1)
    write(log, kind=RecordKind.FORCED_OPEN, outcome=None, subject="")

    send(room, strange.batch(0, 1), [])
    alerts = deliver(room, log)

    assert rules_of(alerts)[-1:] == ["forced-door"] or rules_of(alerts)[:1] == ["forced-door"]
    assert room.hub.refusals.get("internal-error") is None


def test_a_time_that_no_clock_has_is_not_believed(room: ASite) -> None:
    room.ask(ScheduleSet("office", (WindowRow((Weekday.FRIDAY,), "08:00", "14:00"),)))
    room.hub.set_timezone("Europe/Paris", NOON)
    room.ask(AlertRuleSet(RuleName.OUT_OF_HOURS, enabled=True, schedule="office"))
    log = a_log(room)
    write(log, kind=RecordKind.FORCED_OPEN, outcome=None, subject="")
    for at in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        write(log, outcome="granted")
        log.leaves[-1] = leaf_bytes(replace(read_leaf(log.leaves[-1]), at=at))
    write(log, kind=RecordKind.FORCED_OPEN, outcome=None, subject="", door="door-2")
    log.leaves[-1] = leaf_bytes(replace(read_leaf(log.leaves[-1]), at="9999-12-31T23:59:59Z"))

    alerts = deliver(room, log)

    forced = {each.door: each.at for each in alerts if each.rule == "forced-door"}
    assert forced == {"door-1": int(later(0).timestamp()), "door-2": int(later(10).timestamp())}
    assert room.hub.refusals == {}


def test_records_that_cannot_be_judged_hide_no_other_and_take_one_commit(room: ASite) -> None:
    for seq in range(20):
        room.connection.execute(_STRANGE, (seq,))
    log, commits = a_log(room), list[str]()
    write(log, kind=RecordKind.FORCED_OPEN, outcome=None, subject="", door="door-2")
    assert send(room, log.batch(0, 1), [], at=later(10))
    room.connection.set_trace_callback(lambda said: commits.append(said) if said == "COMMIT" else None)

    alerts = told(room, room.hub.watch.turn(later(10)))

    room.connection.set_trace_callback(None)
    assert (rules_of(alerts), len(commits)) == (["forced-door"], 1)
    assert room.hub.refusals == {"internal-error": 20}


def test_what_rules_remember_is_forgotten_when_no_rule_looks_at_it_any_more(room: ASite) -> None:
    log = a_log(room)
    for _ in range(3):
        write(log, outcome="granted")
    write(log)
    deliver(room, log)

    room.hub.tidy(later(8 * 86_400))

    assert room.rows("SELECT trace, count(*) FROM suspicion_marks GROUP BY trace ORDER BY trace") == [
        ("entered", 1),
        ("first", 1),
    ]


def test_more_denials_than_a_rule_looks_at_are_too_many_all_the_same(room: ASite) -> None:
    room.ask(AlertRuleSet(RuleName.DENIALS_AT_DOOR, count=100, seconds=60, quiet_seconds=3600))
    log = a_log(room)
    for number in range(500):
        write(log, at=number / 10, subject="")
    for first in range(0, 500, 50):
        assert send(room, log.batch(first, first + 50), [], at=later(60))

    alerts = [alert for seconds in range(60, 66) for alert in turn(room, seconds=seconds)]

    assert [(each.rule, each.records) for each in alerts] == [("denials-at-door", 20)]


def test_every_kind_of_record_that_is_an_alert_by_itself_is_read() -> None:
    assert {record["kind"] for _, record, _ in BY_THEMSELVES} <= {*WATCHED}
