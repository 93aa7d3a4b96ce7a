"""Logs arrive at the hub: each record once, in order, under the checkpoint its door signed."""

import msgspec
import pytest

from doorctl.audit.leaf import Opening, leaf_bytes, read_leaf
from doorctl.audit.tree import EMPTY_ROOT
from doorctl.keys.sealing import seal
from doorctl.wire.notes import attach
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, ASite, a_signer
from tests.hub.logs import UNKNOWN_BADGE, ALog, a_log, acks, held, send, tree_of


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


@pytest.mark.parametrize("length", [15, 17, 32])
@pytest.mark.parametrize("counted", [16, 32])
def test_an_opening_with_a_salt_of_another_length_is_refused(site_with_two: ASite, length: int, counted: int) -> None:
    salt = bytes(range(length))
    log, opening = a_log(site_with_two, size=1), Opening(0, salt, UNKNOWN_BADGE)
    commitment = Opening(0, salt[:counted], UNKNOWN_BADGE).commitment
    log.leaves[0] = leaf_bytes(msgspec.structs.replace(read_leaf(log.leaves[0]), subject=commitment))

    send(site_with_two, log.batch(0, 1), [opening])

    assert site_with_two.hub.refusals == {"wrong-opening": 1}
    assert held(site_with_two) == []


def test_openings_sealed_for_another_batch_are_refused(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=2)
    other = seal(b"[]", to=site_with_two.hub_identity.box_public, about="openings:1:7")
    payload = attach(log.controller.says(log.batch(0, 2)), other)

    assert site_with_two.hub.handle(Address(Channel.LOG, "pi-1"), payload, NOON) == []
    assert site_with_two.hub.refusals == {"bad-seal": 1}


@pytest.mark.parametrize(
    "plain", [b"\xff", b"{}", b'[{"seq":0}]', b'[{"seq":0,"x":' + b"[" * 5000 + b"]" * 5000 + b"}]"]
)
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
