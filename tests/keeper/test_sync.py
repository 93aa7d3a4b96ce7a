"""A keeper follows its hub: what it believes, what it refuses by which name, and what it asks for."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorctl.database import open_reader
from doorctl.keeper.asking import SOON_SECONDS
from doorctl.keeper.controller import Outgoing
from doorctl.keeper.following import RING_SECONDS
from doorctl.keeper.policy_store import CHECK_SECONDS
from doorctl.keys.card_keys import CardKeys, load_card_keys
from doorctl.keys.sealing import seal
from doorctl.policy.apply import chain_after, recomputed_digest
from doorctl.policy.rows import CardRingRow
from doorctl.trust.verify import load_trust
from doorctl.wire.bell import Look
from doorctl.wire.messages import FEATURE_LEVEL, Ack, Answer, Ask, Change, Delta, LogAck, Message
from doorctl.wire.notes import attach, detach, sign_text
from doorctl.wire.topics import Channel
from tests.full_disk import full_disk
from tests.keeper.site import CARD_KEYS, CONTROLLER, SITE, AController, ASite, a_signer, asks, settled


def the_ack(controller: AController, outgoing: list[Outgoing]) -> Message:
    (only,) = outgoing
    assert only.channel is Channel.ACK
    return msgspec.structs.replace(controller.read(only.payload, Ack), counter=0)


def ack_of(site: ASite, revision: int) -> Ack:
    return Ack(
        site=SITE,
        controller=CONTROLLER,
        epoch=1,
        revision=revision,
        chain=site.chains[revision].hex(),
        digest=site.digests[revision],
        level=FEATURE_LEVEL,
        trust=1,
    )


# What follows is applied and acknowledged.


def test_what_follows_is_committed_and_acknowledged(controller: AController, site: ASite) -> None:
    outgoing = controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    assert the_ack(controller, outgoing) == ack_of(site, 3)
    assert controller.position.digest_hex == site.digests[3]


def test_what_was_committed_is_there_after_a_restart(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 2), 0)

    again = controller.restart()

    assert again.position.revision == 2
    again.keeper.handle(Channel.DELTA, site.delta(3), 0)  # trust is kept too
    assert again.position.revision == 3
    again.close()


def test_a_repeat_is_acknowledged_and_changes_nothing(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    outgoing = controller.keeper.handle(Channel.DELTA, site.delta(1), 1)

    assert the_ack(controller, outgoing) == ack_of(site, 3)
    assert controller.tally == {"repeat": 1}


def test_of_a_delta_that_overlaps_only_the_new_is_applied(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 2), 0)

    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    assert (controller.position.revision, controller.position.digest_hex) == (3, site.digests[3])


# What is not believed.


def stranger(site: ASite) -> bytes:
    text = site.delta(1).rpartition(b"\n\n")[0] + b"\n"
    return sign_text(text, a_signer(site.hub.signer.name))


def changed(site: ASite) -> bytes:
    return site.delta(1).replace(b"group-1", b"group-x", 1)


REFUSED: dict[str, tuple[Channel, Callable[[ASite], bytes], str]] = {
    "not UTF-8": (Channel.DELTA, lambda _: b"\xff\xfe\n\n\xe2\x80\x94 hub.hq AAAA\n", "not-a-note"),
    "empty": (Channel.DELTA, lambda _: b"", "not-a-note"),
    "10 MB": (Channel.DELTA, lambda _: bytes(10_000_000), "too-large"),
    "unsigned": (Channel.DELTA, lambda site: site.delta(1).rpartition(b"\n\n")[0], "not-a-note"),
    "by a stranger": (Channel.DELTA, stranger, "unknown-signer"),
    "changed": (Channel.DELTA, changed, "bad-signature"),
    "not JSON": (
        Channel.DELTA,
        lambda site: sign_text(b"doorctl/v1/delta\n{]\n", site.hub.signer),
        "malformed",
    ),
    "wrong type": (Channel.DELTA, lambda site: site.head(), "wrong-type"),
    "another site's": (
        Channel.HEAD,
        lambda site: site.sign(msgspec.structs.replace(site.head_message(), site="annex")),
        "wrong-site",
    ),
    "trust by the hub": (
        Channel.TRUST,
        lambda site: site.sign(site.trust(version=2).trust),
        "unknown-signer",
    ),
    "an answer to nothing": (
        Channel.ANSWER,
        lambda site: site.answer(Ask(site=SITE, controller=CONTROLLER, nonce="0" * 32, epoch=0, revision=0)),
        "unknown-nonce",
    ),
    "an answer to another": (
        Channel.ANSWER,
        lambda site: site.answer(Ask(site=SITE, controller="pi-5", nonce="0" * 32, epoch=0, revision=0)),
        "wrong-controller",
    ),
    "a log's acknowledgement to another": (
        Channel.LOG_ACK,
        lambda site: site.sign(LogAck(site=SITE, controller="pi-5", log_epoch=1, size=0, root="0" * 64)),
        "wrong-controller",
    ),
    "fewer changes than said": (
        Channel.DELTA,
        lambda site: site.sign(
            Delta(site=SITE, epoch=1, first=1, last=2, chain=site.chains[2].hex(), changes=tuple(site.changes[:1]))
        ),
        "malformed",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_to_be_believed_is_refused_by_name(controller: AController, site: ASite, what: str) -> None:
    channel, payload, refusal = REFUSED[what]

    outgoing = controller.keeper.handle(channel, payload(site), 0)

    assert (outgoing, controller.tally, controller.position.revision) == ([], {refusal: 1}, 0)


def test_without_trust_nothing_is_believed(tmp_path: Path, site: ASite) -> None:
    controller = AController(tmp_path, site)

    controller.keeper.handle(Channel.DELTA, site.delta(1), 0)

    assert (controller.tally, controller.position.revision) == ({"no-trust": 1}, 0)
    controller.close()


def test_older_trust_is_refused_and_the_same_again_is_nothing(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.TRUST, site.trust(version=7).note, 0)

    controller.keeper.handle(Channel.TRUST, site.trust(version=7).note, 0)
    controller.keeper.handle(Channel.TRUST, site.trust(version=6).note, 0)

    assert controller.tally == {"old-trust": 1}


def test_two_trusts_of_one_version_are_a_fork(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.TRUST, site.trust([controller.state_dir]).note, 0)

    assert controller.tally == {"trust-fork": 1}


def test_new_trust_makes_us_ask_soon_for_what_was_not_believed(tmp_path: Path, site: ASite) -> None:
    controller = AController(tmp_path, site)
    controller.keeper.connected(0)
    asks(controller, 0)

    controller.keeper.handle(Channel.TRUST, site.trust().note, 0.1)

    assert len(asks(controller, 0.4)) == 1
    controller.close()


def test_of_new_trust_the_door_is_told(controller: AController, site: ASite) -> None:
    controller.door_arrives()

    controller.keeper.handle(Channel.TRUST, site.trust(version=2).note, 0)

    assert controller.door.told == [Look()]


def test_a_ruined_trust_file_is_replaced_by_the_next_trust(controller: AController, site: ASite) -> None:
    (controller.state_dir / "trust.note").write_bytes(b"\x00" * 100)

    again = controller.restart()
    again.keeper.handle(Channel.TRUST, site.trust().note, 0)
    again.keeper.handle(Channel.DELTA, site.delta(1), 0)

    assert again.position.revision == 1
    again.close()


# Histories that do not fit.


def test_another_history_of_the_same_revision_is_a_fork_and_ends_applying(
    controller: AController, site: ASite
) -> None:
    other = ASite()
    other.hub = site.hub
    other.change(group="other")
    controller.keeper.handle(Channel.DELTA, site.delta(1), 0)

    controller.keeper.handle(Channel.HEAD, other.head(), 0)
    controller.keeper.handle(Channel.DELTA, site.delta(2), 0)

    assert (controller.tally, controller.position.revision) == ({"fork": 1, "forked": 1}, 1)


def test_a_chain_that_does_not_fit_is_a_fork(controller: AController, site: ASite) -> None:
    delta = Delta(site=SITE, epoch=1, first=1, last=1, chain="0" * 64, changes=(site.changes[0],))

    controller.keeper.handle(Channel.DELTA, site.sign(delta), 0)
    controller.keeper.handle(Channel.DELTA, site.delta(1), 0)

    assert (controller.tally, controller.position.revision) == ({"fork": 1, "forked": 1}, 0)


@pytest.mark.parametrize(("epoch", "refusal"), [(1, "old-epoch"), (3, "unknown-epoch")])
def test_another_epoch_is_refused(tmp_path: Path, epoch: int, refusal: str) -> None:
    site = ASite(revisions=2, epoch=2)
    controller = AController(tmp_path, site)
    controller.keeper.handle(Channel.TRUST, site.trust().note, 0)
    controller.keeper.handle(Channel.DELTA, site.delta(1), 0)

    site.epoch = epoch
    controller.keeper.handle(Channel.DELTA, site.delta(2), 0)

    assert (controller.tally, controller.position.revision) == ({refusal: 1}, 1)
    controller.close()


def test_a_change_that_cannot_be_applied_leaves_all_as_it_was(controller: AController, site: ASite) -> None:
    broken = msgspec.Raw(b'{"revision":2,"at":0,"operations":[{"do":"drop","row":{"type":"group","id":"nobody"}}]}')
    chain = chain_after(site.chains[1], bytes(broken)).hex()
    delta = Delta(site=SITE, epoch=1, first=1, last=2, chain=chain, changes=(site.changes[0], broken))

    controller.keeper.handle(Channel.DELTA, site.sign(delta), 0)

    assert (controller.tally, controller.position.revision) == ({"inapplicable": 1}, 0)
    with closing(open_reader(controller.state_dir / "policy.db")) as policy:
        assert recomputed_digest(policy) == 0


def test_rows_that_differ_from_the_hub_s_are_an_alarm(
    controller: AController, site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    head = msgspec.structs.replace(site.head_message(), digest="0" * 64)

    controller.keeper.handle(Channel.HEAD, site.sign(head), 0)

    assert controller.tally == {"digest-differs": 1}
    assert "<2>event=refused reason=digest-differs" in capfd.readouterr().err


def test_an_old_head_played_again_changes_nothing(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    controller.keeper.handle(Channel.HEAD, site.head(1), 0)

    assert (controller.tally, controller.position.revision) == ({"old-head": 1}, 3)


# Questions.


def test_a_connection_begins_with_a_question(controller: AController) -> None:
    controller.keeper.connected(10)

    (ask,) = asks(controller, 10)

    assert ask == Ask(
        site=SITE,
        controller=CONTROLLER,
        nonce=ask.nonce,
        epoch=0,
        revision=0,
        level=2,
        trust=1,
        counter=ask.counter,
    )
    assert asks(controller, 10.9) == []


def test_a_connection_begins_with_where_we_are(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    assert the_ack(controller, controller.keeper.connected(10)) == ack_of(site, 3)


def test_an_answer_gives_a_minute_of_rest(controller: AController, site: ASite) -> None:
    settled(controller, site)

    assert (asks(controller, 59.9), len(asks(controller, 60))) == ([], 1)


def test_every_question_has_a_nonce_of_its_own(controller: AController) -> None:
    controller.keeper.connected(0)

    assert len({ask.nonce for now in (0, 1, 3, 7) for ask in asks(controller, now)}) == 4


def test_an_unanswered_question_is_asked_again_with_growing_pauses(controller: AController) -> None:
    controller.keeper.connected(0)

    asked_at = [now for now in range(200) if asks(controller, now)]

    assert asked_at == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_an_answer_counts_once(controller: AController, site: ASite) -> None:
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)

    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 0)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 0)

    assert controller.tally == {"unknown-nonce": 1}


def test_an_answer_with_another_site_s_head_is_refused(controller: AController, site: ASite) -> None:
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)
    head = msgspec.structs.replace(site.head_message(), site="annex")
    answer = Answer(site=SITE, controller=CONTROLLER, nonce=ask.nonce, head=head)

    controller.keeper.handle(Channel.ANSWER, site.sign(answer), 0)

    assert controller.tally == {"wrong-site": 1}


def test_an_answer_to_a_question_before_the_connection_was_lost_does_not_count(
    controller: AController, site: ASite
) -> None:
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)
    controller.keeper.disconnected()
    controller.keeper.connected(1)

    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 1)

    assert controller.tally == {"unknown-nonce": 1}


def test_a_gap_is_asked_for_once_and_soon(controller: AController, site: ASite) -> None:
    settled(controller, site)
    site.change()
    for _ in range(3):
        controller.keeper.handle(Channel.DELTA, site.change(), 10)

    (ask,) = asks(controller, 10.25)

    assert (ask.revision, asks(controller, 10.9), controller.tally) == (3, [], {"gap": 3})


def test_a_head_that_is_ahead_makes_us_ask(controller: AController, site: ASite) -> None:
    settled(controller, site)
    site.change()

    controller.keeper.handle(Channel.HEAD, site.head(), 10)

    assert len(asks(controller, 10.25)) == 1


def test_what_fills_the_gap_ends_the_asking(controller: AController, site: ASite) -> None:
    settled(controller, site)
    site.change()
    controller.keeper.handle(Channel.DELTA, site.change(), 10)
    (ask,) = asks(controller, 10.25)

    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 10.3)
    controller.keeper.handle(Channel.DELTA, site.delta(4, 5), 10.3)

    assert (controller.position.revision, asks(controller, 70)) == (5, [])


def test_without_a_broker_nothing_is_asked(controller: AController, site: ASite) -> None:
    settled(controller, site)
    controller.keeper.disconnected()

    controller.keeper.handle(Channel.DELTA, ASite(revisions=0).head(), 1)

    assert asks(controller, 1000) == []


# Card keys.


@pytest.fixture
def keyless(controller: AController) -> AController:
    (controller.state_dir / "card.keys").unlink()
    return controller.restart()


def test_missing_card_keys_are_asked_for_and_stored(keyless: AController, site: ASite) -> None:
    keyless.keeper.connected(0)
    (ask,) = asks(keyless, 0)

    keyless.keeper.handle(Channel.ANSWER, site.answer(ask, box=keyless.identity.box_public), 0)

    assert ask.wants_card_keys
    assert load_card_keys(keyless.state_dir / "card.keys") == CARD_KEYS
    keyless.close()


def test_card_keys_that_the_broker_put_beside_a_good_answer_are_refused(keyless: AController, site: ASite) -> None:
    keyless.keeper.connected(0)
    (ask,) = asks(keyless, 0)
    note, _ = detach(site.answer(ask, box=keyless.identity.box_public))
    planted = seal(b"{}", to=keyless.identity.box_public, about=f"card-keys:{ask.nonce}")

    keyless.keeper.handle(Channel.ANSWER, attach(note, planted), 0)

    assert keyless.tally == {"wrong-sealed": 1}
    assert not (keyless.state_dir / "card.keys").exists()
    keyless.close()


def test_card_keys_sealed_to_another_are_refused_and_asked_for_again(keyless: AController, site: ASite) -> None:
    keyless.keeper.connected(0)
    (ask,) = asks(keyless, 0)

    keyless.keeper.handle(Channel.ANSWER, site.answer(ask, box=site.hub.box_public), 0)

    assert keyless.tally == {"bad-seal": 1}
    assert [ask.wants_card_keys for ask in asks(keyless, 2)] == [True]
    keyless.close()


def test_a_change_of_the_ring_waits_until_its_keys_are_here(controller: AController, site: ASite) -> None:
    longer = CardKeys((*CARD_KEYS.ring, b"2" * 32))
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.connected(0)
    asks(controller, 0)
    delta = site.change(rows=[CardRingRow(SITE, 2)])

    controller.keeper.handle(Channel.DELTA, delta, 0)
    before = controller.store.position.revision
    (ask,) = asks(controller, 1)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=controller.identity.box_public, ring=longer), 1)
    controller.keeper.handle(Channel.DELTA, delta, 1)

    assert (before, controller.tally["needs-card-keys"], ask.wants_card_keys) == (site.revision - 1, 1, True)
    assert controller.store.position.revision == site.revision
    assert load_card_keys(controller.state_dir / "card.keys") == longer


def test_a_ring_that_does_not_come_holds_a_revoke_up_for_a_minute_and_no_longer(
    controller: AController, site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.connected(0)
    rotated = site.change(rows=[CardRingRow(SITE, 2)])
    positions = []

    for now in (0.0, 1.0, 1.0 + RING_SECONDS):
        (ask,) = asks(controller, now)
        box = controller.identity.box_public if ask.wants_card_keys else None
        controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=box), now)
        controller.keeper.handle(Channel.DELTA, rotated, now)
        positions.append(controller.position.revision)

    assert positions == [3, 3, 4]
    assert "event=card_keys_missing" in capfd.readouterr().err


def test_the_next_ring_is_waited_for_anew(controller: AController, site: ASite) -> None:
    longer = CardKeys((*CARD_KEYS.ring, b"2" * 32))
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.connected(0)
    rotated = site.change(rows=[CardRingRow(SITE, 2)])
    now = 0.0
    for ring in (CARD_KEYS, CARD_KEYS, longer):
        controller.keeper.handle(Channel.DELTA, rotated, now)
        now, ask = next((at, ask) for at in count(now, 0.5) for ask in asks(controller, at))
        box = controller.identity.box_public if ask.wants_card_keys else None
        controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=box, ring=ring), now)
    controller.keeper.handle(Channel.DELTA, rotated, now)
    before = controller.position.revision

    controller.keeper.handle(Channel.DELTA, site.change(rows=[CardRingRow(SITE, 3)]), 10 * RING_SECONDS)

    assert (before, controller.position.revision) == (4, 4)


def test_a_ring_is_waited_for_as_long_as_the_hub_does_not_answer(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    rotated = site.change(rows=[CardRingRow(SITE, 2)])

    for now in (0, 10 * RING_SECONDS):
        controller.keeper.handle(Channel.DELTA, rotated, now)

    assert controller.position.revision == 3


OTHER_RING = CardKeys((b"1" * 32, b"2" * 32))


def test_a_ring_that_does_not_begin_with_the_keys_in_use_is_refused_and_stops_nothing(
    controller: AController, site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)
    site.change()

    controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=controller.identity.box_public, ring=OTHER_RING), 0)

    assert (controller.tally, len(asks(controller, 5))) == ({"ring-fork": 1}, 1)
    assert load_card_keys(controller.state_dir / "card.keys") == CARD_KEYS
    assert "<2>event=refused reason=ring-fork" in capfd.readouterr().err


def test_a_new_epoch_may_bring_another_ring(controller: AController, site: ASite) -> None:
    controller.keeper.connected(0)
    (ask,) = asks(controller, 0)

    controller.keeper.handle(Channel.ANSWER, site.answer(ask, box=controller.identity.box_public, ring=OTHER_RING), 0)

    assert load_card_keys(controller.state_dir / "card.keys") == OTHER_RING


def test_a_shorter_ring_never_takes_the_place_of_ours(keyless: AController, site: ASite) -> None:
    longer = CardKeys((*CARD_KEYS.ring, b"2" * 32))
    keyless.keeper.connected(0)
    for now, ring in ((0, longer), (100, CARD_KEYS)):
        (ask,) = asks(keyless, now)
        keyless.keeper.handle(Channel.ANSWER, site.answer(ask, box=keyless.identity.box_public, ring=ring), now)

    assert load_card_keys(keyless.state_dir / "card.keys") == longer
    keyless.close()


# A disk that is full, or that rots.


def files_of(controller: AController) -> set[str]:
    return {path.name for path in controller.state_dir.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def test_trust_that_cannot_be_stored_is_counted_and_taken_when_it_comes_again(
    controller: AController, site: ASite
) -> None:
    before, newer = files_of(controller), site.trust(version=2).note
    with full_disk():
        controller.keeper.handle(Channel.TRUST, newer, 0)

    assert (controller.tally, files_of(controller)) == ({"storage-failed": 1}, before)
    controller.keeper.handle(Channel.TRUST, newer, 0)
    assert load_trust(controller.state_dir / "trust.note", site=SITE, root_keys=site.root_keys).trust.version == 2


def test_trust_that_could_not_be_stored_is_tried_again_without_coming_again(
    controller: AController, site: ASite
) -> None:
    with full_disk():
        controller.keeper.handle(Channel.TRUST, site.trust(version=2).note, 0)
        controller.keeper.tick(1)

    controller.keeper.tick(2)

    assert load_trust(controller.state_dir / "trust.note", site=SITE, root_keys=site.root_keys).trust.version == 2


def test_card_keys_that_cannot_be_stored_are_asked_for_again(keyless: AController, site: ASite) -> None:
    keyless.keeper.connected(0)
    (ask,) = asks(keyless, 0)
    before = files_of(keyless)
    with full_disk():
        keyless.keeper.handle(Channel.ANSWER, site.answer(ask, box=keyless.identity.box_public), 0)

    assert (keyless.tally, files_of(keyless)) == ({"storage-failed": 1}, before)
    (again,) = asks(keyless, 2)
    keyless.keeper.handle(Channel.ANSWER, site.answer(again, box=keyless.identity.box_public), 2)
    assert load_card_keys(keyless.state_dir / "card.keys") == CARD_KEYS
    keyless.close()


def test_a_policy_whose_rows_have_rotted_is_asked_for_anew(controller: AController, site: ASite) -> None:
    settled(controller, site)
    controller.keeper.tick(1)
    (ask,) = asks(controller, CHECK_SECONDS - 1)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask), CHECK_SECONDS - 1)
    with closing(sqlite3.connect(controller.state_dir / "policy.db")) as other:
        other.execute("DELETE FROM groups")
        other.commit()

    asked = [*asks(controller, CHECK_SECONDS), *asks(controller, CHECK_SECONDS + SOON_SECONDS)]

    assert (controller.position.revision, [ask.revision for ask in asked]) == (0, [0])
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), CHECK_SECONDS)
    assert controller.position.digest_hex == site.digests[3]


# The law: whatever the network does, the keeper ends where the hub is and never goes back.


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 2)), max_size=14), data=st.data())
def test_any_order_and_loss_of_deltas_ends_where_the_hub_is(
    tmp_path_factory: pytest.TempPathFactory, order: list[tuple[int, int]], data: st.DataObject
) -> None:
    site = ASite(revisions=6)
    controller = AController(tmp_path_factory.mktemp("any"), site)
    controller.keeper.handle(Channel.TRUST, site.trust().note, 0)
    controller.keeper.connected(0)
    seen = [0]
    for now, (first, more) in enumerate(order):
        controller.keeper.handle(Channel.DELTA, site.delta(first, min(first + more, 6)), now)
        controller.keeper.handle(Channel.HEAD, site.head(data.draw(st.integers(0, 6))), now)
        seen.append(controller.position.revision)

    controller.keeper.handle(Channel.HEAD, site.head(), 100)
    for ask in asks(controller, 200):
        controller.keeper.handle(Channel.ANSWER, site.answer(ask), 200)
        controller.keeper.handle(Channel.DELTA, site.delta(ask.revision + 1, 6), 200)

    assert seen == sorted(seen)
    assert (controller.position.revision, controller.position.digest_hex) == (6, site.digests[6])
    controller.close()


def test_the_stated_digest_is_that_of_the_rows(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    with closing(open_reader(controller.state_dir / "policy.db")) as policy:
        assert recomputed_digest(policy) == controller.position.digest


def test_unknown_changes_are_refused(controller: AController, site: ASite) -> None:
    raw = msgspec.Raw(msgspec.json.encode(Change(revision=1, at=0, operations=())).replace(b"[]", b'[{"do":"x"}]'))
    delta = Delta(site=SITE, epoch=1, first=1, last=1, chain=chain_after(bytes(32), bytes(raw)).hex(), changes=(raw,))

    controller.keeper.handle(Channel.DELTA, site.sign(delta), 0)

    assert controller.tally == {"malformed": 1}
