"""What the hub takes for a record: what every verifier reads, in whatever spelling, and nothing else."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import fields

from doorctl.audit.leaf import Leaf, leaf_bytes
from doorctl.clock import ClockQuality
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.hub.strict_leaves import ControllerLeaf
from doorctl.wire.commands import GroupAdd
from tests.hub.builders import NOON, ASite
from tests.hub.logs import ALog, alarms, held, send

RECORD = b'{"v":1,"controller":"pi-1","epoch":1,"seq":0,"at":"2027-01-15T12:00:00Z","kind":"boot"}'


def a_usual_leaf(*, seq: int = 0) -> bytes:
    """Spell a record as doorctl does."""
    leaf = Leaf(
        v=1,
        controller="pi-1",
        epoch=1,
        seq=seq,
        boot="b",
        kind=RecordKind.DECISION,
        at="2027-01-15T12:00:00.000Z",
        clock=ClockQuality.SYNCHRONIZED,
        mono_ms=7,
        door="door-1",
        outcome=Outcome.GRANTED,
        of=3,
        subject="00" + "ab" * 31,
    )
    return leaf_bytes(leaf)


@pytest.mark.parametrize(
    ("leaf", "word"),
    [
        (b"not a record", "log-malformed"),
        (b"[]", "log-malformed"),
        (b'{"v":1,"at":"2027-01-15T12:00:00Z","kind":"boot"}', "log-malformed"),
        (RECORD[:-1] + b',"x":' + b"[" * 5000 + b"]" * 5000 + b"}", "log-malformed"),
        (b'{"v":1,"controller":"pi-1","epoch":1,"seq":0,"at":"yesterday","kind":"boot"}', "log-malformed"),
        (b'{"v":1,"controller":"pi-1","epoch":1,"seq":0,"at":"2027-01-15T12:00:00","kind":"boot"}', "log-malformed"),
        (b'{"v":1,"controller":"pi-1","epoch":1,"seq":1,"at":"2027-01-15T12:00:00Z","kind":"boot"}', "wrong-log"),
        (b'{"v":1,"controller":"pi-2","epoch":1,"seq":0,"at":"2027-01-15T12:00:00Z","kind":"boot"}', "wrong-log"),
        (b'{"v":1,"controller":"pi-1","epoch":2,"seq":0,"at":"2027-01-15T12:00:00Z","kind":"boot"}', "wrong-log"),
    ],
)
def test_a_leaf_that_is_not_this_record_is_refused(site_with_two: ASite, leaf: bytes, word: str) -> None:
    log = ALog(site_with_two.controllers[0], leaves=[leaf])

    assert send(site_with_two, log.batch(0, 1)) == []
    assert site_with_two.hub.refusals == {word: 1}
    assert held(site_with_two) == []


@pytest.mark.parametrize(
    "more",
    [
        b',"door":"a","door":"a"',
        b',\n"door":"a"',
        b',\r"door":"a"',
        b',"kind":"hub_root"',
        b',"kind":"hub_root","tree":{"log":"pi-2","epoch":1,"size":0,"root":"' + b"ab" * 32 + b'"}',
        b',"kind":"hub_root","tree":{"log":"hub","epoch":1,"size":0,"root":"' + b"ab" * 32 + b'","signature":1}',
        b',"kind":"hub_root","tree":{"log":"hub","epoch":1.0,"size":0,"root":"' + b"ab" * 32 + b'"}',
        b',"of":' + b"9" * 5000,
        b',"of":NaN',
        b',"of":1e999',
        b',"door":"\\ud800"',
        b',"subject":"zz"',
        b',"subject":7',
        b',"personal":5',
        b',"reason":7',
        b',"pulse":7',
        b',"pulse":{"width":[48],"interval":[1990,2010]}',
        b',"pulse":{"width":[48,52],"interval":[1990,65536]}',
        b',"pulse":{"width":[-1,52],"interval":[1990,2010]}',
        b',"tree":"q"',
        b',"x":' + b"[" * 40 + b"]" * 40,
    ],
)
def test_a_leaf_that_no_verifier_reads_is_refused_and_an_alarm(site_with_two: ASite, more: bytes) -> None:
    told = RECORD.replace(b',"kind":"boot"', b"") if b'"kind"' in more else RECORD
    log = ALog(site_with_two.controllers[0], leaves=[told[:-1] + more + b"}"])

    assert send(site_with_two, log.batch(0, 1)) == []

    assert (site_with_two.hub.refusals, held(site_with_two)) == ({"log-malformed": 1}, [])
    assert [(alarm.word, alarm.controller) for alarm in alarms(site_with_two)] == [("log-malformed", "pi-1")]


@pytest.mark.parametrize("version", [b"", b'"v":2,', b'"v":1.0,', b'"v":"1",'])
def test_a_leaf_of_another_version_waits_for_a_newer_hub(site_with_two: ASite, version: bytes) -> None:
    log = ALog(site_with_two.controllers[0], leaves=[RECORD.replace(b'"v":1,', version)])

    assert send(site_with_two, log.batch(0, 1)) == []
    assert site_with_two.hub.refusals == {"log-malformed": 1}


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        (b'"of":3', b'"of":10000000000000000'),
        (b'"of":3', b'"of":-1'),
        (b'"of":3', b'"policy":{"epoch":1,"revision":10000000000000000},"of":3'),
        (b'"of":3', b'"policy":{"epoch":1,"revision":1,"age_seconds":1e300},"of":3'),
        (b'"of":3', b'"of":3,"of":3'),
        (b"12:00:00.000Z", b"12:00:00.000"),
        (b"12:00:00.000Z", b"12:00:00.000+01:00"),
        (b"T12:00:00.000Z", b" 12:00:00.000Z"),
        (b'"decision"', b'"hub_root"'),
        (b'"subject":"00', b'"subject":"'),
        (b'"subject":"00', b'"subject":"zz'),
        (b'"subject":"00', b'"subject":"AA'),
        (b'"of":3', b'"of":3}\n{"of":3'),
    ],
)
def test_what_no_verifier_reads_is_found_in_a_leaf_that_is_spelled_as_doorctl_does(
    site_with_two: ASite, usual: bytes, other: bytes
) -> None:
    leaf = a_usual_leaf()
    assert usual in leaf
    log = ALog(site_with_two.controllers[0], leaves=[leaf.replace(usual, other)])

    assert send(site_with_two, log.batch(0, 1)) == []
    assert (site_with_two.hub.refusals, held(site_with_two)) == ({"log-malformed": 1}, [])


def test_two_records_in_the_place_of_one_are_none(site_with_two: ASite) -> None:
    log = ALog(site_with_two.controllers[0], leaves=[a_usual_leaf() + b"\n" + a_usual_leaf(seq=1)])

    assert send(site_with_two, log.batch(0, 1)) == []
    assert site_with_two.hub.refusals == {"log-malformed": 1}


def test_the_first_leaf_that_no_verifier_reads_is_named(site_with_two: ASite) -> None:
    leaves = [a_usual_leaf(), RECORD.replace(b'"seq":0', b'"seq":1'), a_usual_leaf(seq=2)[:-1], b"{}"]
    log = ALog(site_with_two.controllers[0], leaves=leaves)

    send(site_with_two, log.batch(0, 4))

    assert [alarm.record for alarm in alarms(site_with_two)] == [2]


def test_leaves_of_any_spelling_come_in_one_batch(site_with_two: ASite) -> None:
    otherwise = b'{ "v":1,"controller":"pi-1","epoch":1,"seq":1,"at":"2027-01-15T12:00:07+00:00","kind":"levitated"}'
    log = ALog(site_with_two.controllers[0], leaves=[a_usual_leaf(), otherwise, a_usual_leaf(seq=2)])

    send(site_with_two, log.batch(0, 3))

    assert held(site_with_two) == log.leaves
    seconds = NOON.timestamp()
    assert site_with_two.rows("SELECT at, kind, door, outcome FROM records WHERE controller = 'pi-1'") == [
        (seconds, "decision", "door-1", "granted"),
        (seconds + 7, "levitated", "", None),
        (seconds, "decision", "door-1", "granted"),
    ]


def test_a_month_that_there_is_not_is_refused(site_with_two: ASite) -> None:
    log = ALog(site_with_two.controllers[0], leaves=[a_usual_leaf().replace(b"2027-01-15", b"2027-13-15")])

    assert send(site_with_two, log.batch(0, 1)) == []
    assert site_with_two.hub.refusals == {"malformed": 1}


def test_the_hub_reads_the_fields_of_a_leaf_in_the_order_in_which_they_are_written() -> None:
    known, written = ([field.name for field in fields(leaf)] for leaf in (ControllerLeaf, Leaf))

    assert known == written


def test_a_leaf_that_is_spelled_otherwise_is_taken_in(site_with_two: ASite) -> None:
    leaf = RECORD[:-1] + ', "door": "Tür", "height": {"metres": 3.0}, "mono_ms": 7}'.encode()
    log = ALog(site_with_two.controllers[0], leaves=[leaf])

    send(site_with_two, log.batch(0, 1))

    assert held(site_with_two) == [leaf]


def test_a_record_of_a_newer_version_is_kept(site_with_two: ASite) -> None:
    leaf = b'{"v":1,"controller":"pi-1","epoch":1,"seq":0,"at":"2027-01-15T12:00:00Z","kind":"levitated","height":3}'
    log = ALog(site_with_two.controllers[0], leaves=[leaf])

    assert len(send(site_with_two, log.batch(0, 1))) == 1
    assert held(site_with_two) == [leaf]


def test_a_time_outside_the_calendar_of_sqlite_is_no_problem(site_with_two: ASite) -> None:
    at = datetime.max.replace(tzinfo=UTC).isoformat()
    leaf = msgspec.json.encode({"v": 1, "controller": "pi-1", "epoch": 1, "seq": 0, "at": at, "kind": "boot"})
    log = ALog(site_with_two.controllers[0], leaves=[leaf])

    send(site_with_two, log.batch(0, 1))

    assert site_with_two.ask(GroupAdd("staff")).verdict == "accepted"
