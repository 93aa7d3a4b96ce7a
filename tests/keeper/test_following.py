"""A keeper follows the history of its hub: what follows is applied, what does not fit changes nothing."""

from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorctl.database import open_reader
from doorctl.keeper.controller import Outgoing
from doorctl.policy.apply import chain_after, recomputed_digest
from doorctl.wire.messages import FEATURE_LEVEL, Ack, Change, Delta, Message
from doorctl.wire.topics import Channel
from tests.keeper.site import CONTROLLER, SITE, AController, ASite, asks


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


def test_a_connection_begins_with_where_we_are(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    assert the_ack(controller, controller.keeper.connected(10)) == ack_of(site, 3)


def test_the_stated_digest_is_that_of_the_rows(controller: AController, site: ASite) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    with closing(open_reader(controller.state_dir / "policy.db")) as policy:
        assert recomputed_digest(policy) == controller.position.digest


# Histories and changes that do not fit.


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


def test_unknown_changes_are_refused(controller: AController, site: ASite) -> None:
    raw = msgspec.Raw(msgspec.json.encode(Change(revision=1, at=0, operations=())).replace(b"[]", b'[{"do":"x"}]'))
    delta = Delta(site=SITE, epoch=1, first=1, last=1, chain=chain_after(bytes(32), bytes(raw)).hex(), changes=(raw,))

    controller.keeper.handle(Channel.DELTA, site.sign(delta), 0)

    assert controller.tally == {"malformed": 1}


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
