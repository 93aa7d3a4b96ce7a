"""A snapshot takes the place of the policy: which offers are followed, and what is never lost by it."""

import time
from functools import partial
from pathlib import Path

import msgspec
import pytest

from doorctl.core.model import ZoneKind
from doorctl.policy.apply import find_row
from doorctl.policy.rows import GroupRow, HolderRow, LockdownRow, Row, ZoneFactorRow, ZoneRow
from doorctl.wire.bell import Confirmed, LinkIs, Look
from doorctl.wire.messages import FEATURE_LEVEL, Answer, Ask, Chunk, Offer
from doorctl.wire.notes import attach_data
from doorctl.wire.topics import Channel
from tests.keeper.site import SITE, AController, ASite, acks, asks
from tests.keeper.snapshots import ASnapshot

SECONDS = 60.0


def give_chunks(controller: AController, site: ASite, snapshot: ASnapshot, ask: Ask, now: float) -> None:
    for number in range(ask.chunk, ask.chunk + ask.chunks):
        chunk, data = snapshot.chunk(number)
        controller.keeper.handle(Channel.SNAPSHOT, attach_data(site.sign(chunk), data), now)


def collected(controller: AController, site: ASite, snapshot: ASnapshot, *, now: float) -> None:
    """Serve every question with this snapshot until it has taken over or was given up."""
    deadline = time.monotonic() + SECONDS
    while controller.refill.offer is not None:
        assert time.monotonic() < deadline, "the snapshot does not take over"
        for ask in asks(controller, now):
            if ask.chunks:
                give_chunks(controller, site, snapshot, ask, now)
        time.sleep(0.001)


def offered(controller: AController, site: ASite, offer: Offer, *, now: float) -> Ask:
    """Let the hub offer this in answer to the next question."""
    controller.keeper.connected(now)
    (ask,) = asks(controller, now)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask, offer=offer), now)
    return ask


def test_after_a_snapshot_that_failed_the_keeper_asks_for_changes(controller: AController, site: ASite) -> None:
    snapshot = site.snapshot()
    before = offered(controller, site, msgspec.structs.replace(snapshot.offer, digest="0" * 64), now=0)
    collected(controller, site, snapshot, now=0)
    controller.keeper.connected(1)

    (after,) = asks(controller, 1)

    assert (before.wants_deltas, after.wants_deltas) == (False, True)


def test_a_snapshot_that_leads_on_takes_over_and_the_door_looks(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1), 0)
    controller.door_arrives()
    controller.door_answers_by(1)
    controller.door.told.clear()
    snapshot = site.snapshot()

    offered(controller, site, snapshot.offer, now=0)
    collected(controller, site, snapshot, now=0)

    assert (controller.position.revision, controller.position.digest_hex) == (3, site.digests[3])
    assert next(each for each in controller.door.told if not isinstance(each, LinkIs)) == Look()


def test_what_takes_over_is_acknowledged_when_the_door_answers_by_it(controller: AController, site: ASite) -> None:
    controller.door_arrives()
    controller.door_answers_by(0, epoch=0)
    snapshot = site.snapshot()
    offered(controller, site, snapshot.offer, now=0)
    collected(controller, site, snapshot, now=0)

    (ack,) = acks(controller, controller.door_answers_by(3))

    assert (ack.revision, ack.in_force) == (3, 3)


def test_the_old_file_goes_when_the_door_answers_by_the_new_one(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1), 0)
    old = controller.state_dir / (controller.state_dir / "policy.db").readlink()
    controller.door_arrives()
    controller.door_answers_by(1)
    snapshot = site.snapshot()
    offered(controller, site, snapshot.offer, now=0)
    collected(controller, site, snapshot, now=0)
    before = old.exists()

    controller.door_answers_by(3)
    controller.keeper.tick(1)

    assert (before, old.exists()) == (True, False)


def test_what_was_applied_meanwhile_is_not_lost(controller: AController, site: ASite) -> None:
    snapshot = site.snapshot()
    offered(controller, site, snapshot.offer, now=0)
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.handle(Channel.DELTA, site.change(), 0)
    seen = [controller.position.revision]

    collected(controller, site, snapshot, now=0)

    assert [*seen, controller.position.revision] == [4, 4]
    assert controller.position.digest_hex == site.digests[4]
    assert snapshot.offer.snapshot in (controller.state_dir / "policy.db").readlink().name


def test_the_link_subscribes_to_what_is_collected_and_to_nothing_else(controller: AController, site: ASite) -> None:
    snapshot = site.snapshot()
    offered(controller, site, snapshot.offer, now=0)
    while controller.keeper.subscription is None and controller.refill.offer is not None:
        controller.keeper.tick(0)
    during = controller.keeper.subscription

    collected(controller, site, snapshot, now=2)

    assert (during, controller.keeper.subscription) == (snapshot.offer.snapshot, None)


def a_wrong(offer: Offer, what: str, site: ASite) -> Offer:
    changes: dict[str, dict[str, object]] = {
        "beyond the head": {"revision": site.revision + 1},
        "of another epoch": {"epoch": 2},
        "of tomorrow": {"needs": FEATURE_LEVEL + 1},
        "of another history": {"revision": 1, "chain": "0" * 64},
    }
    return msgspec.structs.replace(offer, **changes[what])


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ("beyond the head", "wrong-offer"),
        ("of another epoch", "wrong-offer"),
        ("of tomorrow", "needs-upgrade"),
        ("of another history", "fork"),
    ],
)
def test_an_offer_that_does_not_hold_is_not_followed(
    controller: AController, site: ASite, *, what: str, refusal: str
) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1), 0)

    offered(controller, site, a_wrong(site.snapshot().offer, what, site), now=0)

    assert (controller.refill.offer, controller.tally) == (None, {refusal: 1})


def test_an_offer_that_we_cannot_read_takes_nothing_from_its_answer(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.door_arrives()

    offered(controller, site, a_wrong(site.snapshot().offer, "of tomorrow", site), now=0)

    assert Confirmed(asked_at=0, hub_time=0) in controller.door.told


def test_an_offer_that_leads_nowhere_is_passed_over(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    offered(controller, site, site.snapshot().offer, now=0)

    assert (controller.refill.offer, controller.tally) == (None, {})


def test_an_offer_in_an_answer_to_no_question_is_not_followed(controller: AController, site: ASite) -> None:
    answer = Answer(
        site=SITE, controller="pi-4f", nonce="0" * 32, head=site.head_message(), offer=site.snapshot().offer
    )

    controller.keeper.handle(Channel.ANSWER, site.sign(answer), 0)

    assert (controller.refill.offer, controller.tally) == (None, {"unknown-nonce": 1})


def test_a_chunk_that_the_hub_has_not_signed_is_refused(controller: AController, site: ASite) -> None:
    snapshot = site.snapshot()
    offered(controller, site, snapshot.offer, now=0)
    chunk, data = snapshot.chunk(0)
    forged = msgspec.structs.replace(chunk, sha256="0" * 64)
    note = site.sign(chunk).replace(chunk.sha256.encode(), forged.sha256.encode())

    controller.keeper.handle(Channel.SNAPSHOT, attach_data(note, data), 0)

    assert controller.tally == {"bad-signature": 1}


def test_a_chunk_of_nothing_that_is_collected_is_refused(controller: AController, site: ASite) -> None:
    chunk = Chunk(site=SITE, snapshot="c" * 32, number=0, sha256="0" * 64)

    controller.keeper.handle(Channel.SNAPSHOT, attach_data(site.sign(chunk), b"x"), 0)

    assert controller.tally == {"unknown-snapshot": 1}


# Epochs and levels.


def test_an_epoch_that_trust_names_comes_as_a_snapshot_and_ends_a_fork(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    forked = msgspec.structs.replace(site.head_message(), chain="0" * 64)
    controller.keeper.handle(Channel.HEAD, site.sign(forked), 0)
    later = ASite(revisions=1, epoch=2)
    later.hub, later.root = site.hub, site.root
    controller.keeper.handle(Channel.TRUST, later.trust(version=2, supersedes=1).note, 0)
    snapshot = later.snapshot()

    offered(controller, later, snapshot.offer, now=0)
    collected(controller, later, snapshot, now=0)

    assert (controller.position.epoch, controller.position.revision) == (2, 1)
    assert not (controller.state_dir / "policy.forked").exists()
    controller.keeper.handle(Channel.DELTA, later.change(), 1)
    assert controller.position.revision == 2


ADA = HolderRow(id="ada")
OLDER = ZoneFactorRow.level - 1
OF_THE_LAB: tuple[Row, ...] = (ADA, LockdownRow(scope="lab"), ZoneFactorRow(zone="lab"), GroupRow(id="staff"))


def rows_of_the_lab(controller: AController) -> list[Row]:
    """Those of the rows that the lab was ever given by which this controller answers."""
    found = (controller.store.read(partial(find_row, like=row)) for row in OF_THE_LAB)
    return [row for row in found if row is not None]


@pytest.fixture
def lab() -> ASite:
    """A site whose third change an older doorctl does not understand."""
    site = ASite()
    site.change(rows=[ZoneRow(id="lab", kind=ZoneKind.FLOOR), ADA])
    site.change(rows=[LockdownRow(scope="lab")])
    site.change(rows=[ZoneFactorRow(zone="lab")])
    site.change(group="staff")
    return site


@pytest.fixture
def older(tmp_path: Path, lab: ASite) -> AController:
    """A controller of a lower feature level, which has followed as far as it can."""
    controller = AController(tmp_path, lab, level=OLDER)
    controller.keeper.handle(Channel.TRUST, lab.trust().note, 0)
    controller.keeper.handle(Channel.DELTA, lab.delta(1, 4), 0)
    return controller


def test_an_older_keeper_follows_today_s_hub_and_says_what_it_keeps_aside(older: AController) -> None:
    (ack,) = acks(older, older.keeper.connected(0))

    assert (ack.revision, ack.level, ack.withheld) == (4, OLDER, 1)
    assert rows_of_the_lab(older) == [ADA, LockdownRow(scope="lab"), GroupRow(id="staff")]
    older.close()


def test_a_newer_keeper_follows_today_s_hub(tmp_path: Path, lab: ASite) -> None:
    newer = AController(tmp_path, lab, level=FEATURE_LEVEL + 1)
    newer.keeper.handle(Channel.TRUST, lab.trust().note, 0)

    (ack,) = acks(newer, newer.keeper.handle(Channel.DELTA, lab.delta(1, 4), 0))

    assert (ack.revision, ack.level, ack.withheld) == (4, FEATURE_LEVEL + 1, 0)
    assert newer.position.digest_hex == lab.digests[4]
    newer.close()


def test_after_an_upgrade_the_whole_policy_is_fetched_while_the_old_one_answers(
    older: AController, lab: ASite
) -> None:
    upgraded = older.restart(level=FEATURE_LEVEL)
    snapshot = lab.snapshot()

    ask = offered(upgraded, lab, snapshot.offer, now=0)
    meanwhile = upgraded.position.revision
    collected(upgraded, lab, snapshot, now=0)

    assert (ask.epoch, ask.revision, ask.wants_snapshot, meanwhile) == (0, 0, True, 4)
    assert rows_of_the_lab(upgraded) == [*OF_THE_LAB]
    assert upgraded.position.digest_hex == lab.digests[4]
    (later,) = asks(upgraded, 100)
    assert (later.revision, later.wants_snapshot) == (4, False)
    upgraded.close()


def test_an_older_keeper_does_not_take_a_snapshot_in_words_that_it_does_not_know(
    older: AController, lab: ASite
) -> None:
    lab.change()

    offered(older, lab, msgspec.structs.replace(lab.snapshot().offer, needs=FEATURE_LEVEL), now=0)

    assert (older.refill.offer, older.tally) == (None, {"needs-upgrade": 1})
    older.close()
