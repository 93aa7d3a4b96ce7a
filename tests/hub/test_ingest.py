"""Logs arrive at the hub: each record once, in order, under the checkpoint its door signed."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import fields

from doorctl.audit.leaf import Leaf, Opening, leaf_bytes, read_leaf
from doorctl.audit.tree import EMPTY_ROOT
from doorctl.clock import ClockQuality
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.hub.strict_leaves import ControllerLeaf
from doorctl.keys.sealing import seal
from doorctl.wire.commands import GroupAdd
from doorctl.wire.notes import attach
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import SiteStatus
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, ASite, a_signer
from tests.hub.logs import UNKNOWN_BADGE, ALog, a_log, acks, held, send, tree_of

RECORD = b'{"v":1,"controller":"pi-1","epoch":1,"seq":0,"at":"2027-01-15T12:00:00Z","kind":"boot"}'
NESTED = b"[" * 5000 + b"]" * 5000


def test_a_batch_is_stored_and_acknowledged_with_its_root(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)

    outgoing = send(site_with_two, log.batch(0, 3))

    assert acks(site_with_two, outgoing) == [(3, tree_of(log.leaves).root.hex())]
    assert held(site_with_two) == log.leaves


def test_batches_in_order_are_the_whole_log_even_over_a_restart(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=6)

    send(site_with_two, log.batch(0, 2))
    send(site_with_two, log.batch(2, 3))
    site_with_two.restart()
    outgoing = send(site_with_two, log.batch(3, 6))

    assert acks(site_with_two, outgoing) == [(6, tree_of(log.leaves).root.hex())]
    assert held(site_with_two) == log.leaves


@pytest.mark.parametrize(("first", "end"), [(0, 3), (0, 2), (1, 3), (3, 3), (0, 0)])
def test_what_comes_again_is_acknowledged_and_not_stored_again(site_with_two: ASite, first: int, end: int) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 3))

    outgoing = send(site_with_two, log.batch(first, end))

    assert acks(site_with_two, outgoing) == [(3, tree_of(log.leaves).root.hex())]
    assert held(site_with_two) == log.leaves
    assert site_with_two.hub.refusals == {}


def test_a_batch_that_overlaps_adds_what_is_new(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=5)
    send(site_with_two, log.batch(0, 3))

    send(site_with_two, log.batch(1, 5))

    assert held(site_with_two) == log.leaves


def test_a_gap_stores_nothing_and_tells_where_to_go_on(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=4)
    send(site_with_two, log.batch(0, 1))

    outgoing = send(site_with_two, log.batch(2, 4))

    assert acks(site_with_two, outgoing) == [(1, tree_of(log.leaves[:1]).root.hex())]
    assert site_with_two.hub.refusals == {"log-gap": 1}
    assert len(held(site_with_two)) == 1


def test_a_gap_before_anything_was_held_begins_at_nothing(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=4)

    assert acks(site_with_two, send(site_with_two, log.batch(2, 4))) == [(0, EMPTY_ROOT.hex())]


def test_another_record_in_the_same_place_is_a_fork(site_with_two: ASite) -> None:
    log, other = a_log(site_with_two, size=3), a_log(site_with_two, size=2)
    other.write(door="door-2")
    send(site_with_two, log.batch(0, 3))

    assert send(site_with_two, other.batch(0, 3)) == []
    assert site_with_two.hub.refusals == {"log-fork": 1}
    assert held(site_with_two) == log.leaves


def test_another_record_in_an_old_batch_is_a_fork(site_with_two: ASite) -> None:
    log, other = a_log(site_with_two, size=3), a_log(site_with_two, size=1)
    other.write(door="door-2")
    send(site_with_two, log.batch(0, 3))

    assert send(site_with_two, other.batch(0, 2, checkpoint=log.checkpoint(2))) == []
    assert site_with_two.hub.refusals == {"log-fork": 1}


def test_a_checkpoint_with_another_root_is_a_fork(site_with_two: ASite) -> None:
    log, other = a_log(site_with_two, size=3), a_log(site_with_two, size=2)
    other.write(door="door-2")

    assert send(site_with_two, log.batch(0, 3, checkpoint=other.checkpoint(3))) == []
    assert site_with_two.hub.refusals == {"log-fork": 1}
    assert held(site_with_two) == []


def test_another_root_for_what_is_held_is_a_fork(site_with_two: ASite) -> None:
    log, other = a_log(site_with_two, size=3), a_log(site_with_two, size=2)
    other.write(door="door-2")
    send(site_with_two, log.batch(0, 3))

    assert send(site_with_two, log.batch(3, 3, checkpoint=other.checkpoint(3))) == []
    assert site_with_two.hub.refusals == {"log-fork": 1}


@pytest.mark.parametrize(
    ("forgery", "word"),
    [
        ({"signer": a_signer("log.pi-1")}, "unknown-signer"),
        ({"log": "pi-2"}, "wrong-log"),
        ({"epoch": 2}, "wrong-log"),
        ({"size": 1}, "malformed"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused(
    site_with_two: ASite, forgery: dict[str, object], word: str
) -> None:
    log = a_log(site_with_two, size=2)
    checkpoint = log.checkpoint(**{"size": 2, **forgery})  # type: ignore[arg-type]

    assert send(site_with_two, log.batch(0, 2, checkpoint=checkpoint)) == []
    assert site_with_two.hub.refusals == {word: 1}
    assert held(site_with_two) == []


def test_a_batch_on_another_controllers_topic_is_refused(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)
    note = log.controller.says(log.batch(0, 1))

    assert site_with_two.hub.handle(Address(Channel.LOG, "pi-2"), note, NOON) == []
    assert site_with_two.hub.refusals == {"unknown-signer": 1}


@pytest.mark.parametrize(
    ("leaf", "word"),
    [
        (b"not a record", "log-malformed"),
        (b"[]", "log-malformed"),
        (b'{"v":1,"at":"2027-01-15T12:00:00Z","kind":"boot"}', "log-malformed"),
        (RECORD[:-1] + b',"x":' + NESTED + b"}", "log-malformed"),
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
    alarms = site_with_two.ask_for(StatusOf(), SiteStatus).log_alarms
    assert [(alarm.word, alarm.controller) for alarm in alarms] == [("log-malformed", "pi-1")]


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
    leaf = _a_usual_leaf()
    assert usual in leaf
    log = ALog(site_with_two.controllers[0], leaves=[leaf.replace(usual, other)])

    assert send(site_with_two, log.batch(0, 1)) == []
    assert (site_with_two.hub.refusals, held(site_with_two)) == ({"log-malformed": 1}, [])


def test_two_records_in_the_place_of_one_are_none(site_with_two: ASite) -> None:
    log = ALog(site_with_two.controllers[0], leaves=[_a_usual_leaf() + b"\n" + _a_usual_leaf(seq=1)])

    assert send(site_with_two, log.batch(0, 1)) == []
    assert site_with_two.hub.refusals == {"log-malformed": 1}


def test_the_first_leaf_that_no_verifier_reads_is_named(site_with_two: ASite) -> None:
    leaves = [_a_usual_leaf(), RECORD.replace(b'"seq":0', b'"seq":1'), _a_usual_leaf(seq=2)[:-1], b"{}"]
    log = ALog(site_with_two.controllers[0], leaves=leaves)

    send(site_with_two, log.batch(0, 4))

    assert [alarm.record for alarm in site_with_two.ask_for(StatusOf(), SiteStatus).log_alarms] == [2]


def test_leaves_of_any_spelling_come_in_one_batch(site_with_two: ASite) -> None:
    otherwise = b'{ "v":1,"controller":"pi-1","epoch":1,"seq":1,"at":"2027-01-15T12:00:07+00:00","kind":"levitated"}'
    log = ALog(site_with_two.controllers[0], leaves=[_a_usual_leaf(), otherwise, _a_usual_leaf(seq=2)])

    send(site_with_two, log.batch(0, 3))

    assert held(site_with_two) == log.leaves
    seconds = NOON.timestamp()
    assert site_with_two.rows("SELECT at, kind, door, outcome FROM records WHERE controller = 'pi-1'") == [
        (seconds, "decision", "door-1", "granted"),
        (seconds + 7, "levitated", "", None),
        (seconds, "decision", "door-1", "granted"),
    ]


def test_a_month_that_there_is_not_is_refused(site_with_two: ASite) -> None:
    log = ALog(site_with_two.controllers[0], leaves=[_a_usual_leaf().replace(b"2027-01-15", b"2027-13-15")])

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


def test_openings_are_kept_with_their_records(site_with_two: ASite) -> None:
    log = ALog(site_with_two.controllers[0])
    log.write(subject="holder:h1")
    log.write()
    log.write(subject=UNKNOWN_BADGE)

    outgoing = send(site_with_two, log.batch(0, 3), log.openings)

    assert acks(site_with_two, outgoing)[0][0] == 3
    assert site_with_two.rows("SELECT seq, subject FROM openings ORDER BY seq") == [
        (0, "holder:h1"),
        (2, UNKNOWN_BADGE),
    ]


def test_openings_of_what_is_held_are_passed_over(site_with_two: ASite) -> None:
    log = ALog(site_with_two.controllers[0])
    log.write(subject="holder:h1")
    send(site_with_two, log.batch(0, 1), log.openings)
    log.write(subject="holder:h2")

    send(site_with_two, log.batch(0, 2), log.openings)

    assert site_with_two.rows("SELECT seq, subject FROM openings ORDER BY seq") == [
        (0, "holder:h1"),
        (1, "holder:h2"),
    ]


def test_an_opening_that_names_somebody_else_is_refused(site_with_two: ASite) -> None:
    log = ALog(site_with_two.controllers[0])
    log.write(subject="holder:h1")

    assert send(site_with_two, log.batch(0, 1), [Opening(0, bytes(16), "holder:h2")]) == []
    assert site_with_two.hub.refusals == {"wrong-opening": 1}
    assert held(site_with_two) == []


def test_an_opening_with_a_salt_of_another_length_is_refused(site_with_two: ASite) -> None:
    log, opening = a_log(site_with_two, size=1), Opening(0, bytes(15), UNKNOWN_BADGE)
    log.leaves[0] = leaf_bytes(msgspec.structs.replace(read_leaf(log.leaves[0]), subject=opening.commitment))

    send(site_with_two, log.batch(0, 1), [opening])

    assert site_with_two.hub.refusals == {"wrong-opening": 1}
    assert held(site_with_two) == []


def test_openings_sealed_for_another_batch_are_refused(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=2)
    other = seal(b"[]", to=site_with_two.hub_identity.box_public, about="openings:1:7")
    payload = attach(log.controller.says(log.batch(0, 2)), other)

    assert site_with_two.hub.handle(Address(Channel.LOG, "pi-1"), payload, NOON) == []
    assert site_with_two.hub.refusals == {"bad-seal": 1}


@pytest.mark.parametrize("plain", [b"\xff", b"{}", b'[{"seq":0}]', b'[{"seq":0,"x":' + NESTED + b"}]"])
def test_openings_that_are_no_list_are_refused(site_with_two: ASite, plain: bytes) -> None:
    log = a_log(site_with_two, size=1)
    sealed = seal(plain, to=site_with_two.hub_identity.box_public, about="openings:1:0")

    assert (
        site_with_two.hub.handle(
            Address(Channel.LOG, "pi-1"), attach(log.controller.says(log.batch(0, 1)), sealed), NOON
        )
        == []
    )
    assert site_with_two.hub.refusals == {"malformed": 1}


def test_a_new_log_epoch_begins_at_nothing(site_with_two: ASite) -> None:
    first, second = a_log(site_with_two, size=2), a_log(site_with_two, size=1, epoch=2)
    send(site_with_two, first.batch(0, 2))

    outgoing = send(site_with_two, second.batch(0, 1))

    assert acks(site_with_two, outgoing) == [(1, tree_of(second.leaves).root.hex())]
    assert len(held(site_with_two)) == 3


def test_a_disk_that_fills_up_stores_nothing_and_acknowledges_nothing(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=200)
    pages = site_with_two.connection.execute("PRAGMA page_count").fetchone()[0]
    site_with_two.connection.execute(f"PRAGMA max_page_count = {pages}")

    outgoing = send(site_with_two, log.batch(0, 200))
    site_with_two.connection.execute("PRAGMA max_page_count = 100000")
    afterwards = send(site_with_two, log.batch(0, 200))

    assert (outgoing, site_with_two.hub.refusals) == ([], {"storage-failed": 1})
    assert acks(site_with_two, afterwards) == [(200, tree_of(log.leaves).root.hex())]


def test_the_hub_acknowledges_a_log_only_after_it_is_on_disk(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)

    (outgoing,) = send(site_with_two, log.batch(0, 1))
    site_with_two.restart()

    assert (outgoing.address.channel, len(held(site_with_two))) == (Channel.LOG_ACK, 1)


def test_a_time_outside_the_calendar_of_sqlite_is_no_problem(site_with_two: ASite) -> None:
    at = datetime.max.replace(tzinfo=UTC).isoformat()
    leaf = msgspec.json.encode({"v": 1, "controller": "pi-1", "epoch": 1, "seq": 0, "at": at, "kind": "boot"})
    log = ALog(site_with_two.controllers[0], leaves=[leaf])

    send(site_with_two, log.batch(0, 1))

    assert site_with_two.ask(GroupAdd("staff")).verdict == "accepted"


def _a_usual_leaf(*, seq: int = 0) -> bytes:
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
