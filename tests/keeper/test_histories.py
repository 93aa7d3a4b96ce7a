"""Histories that part, epochs that the root names, positions that rot, and heads from the far future."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from doorctl.keeper.fork_mark import Fork, ForkMark
from doorctl.wire.bell import Confirmed, Forked, FromKeeper
from doorctl.wire.messages import FEATURE_LEVEL, Ack
from doorctl.wire.topics import Channel
from tests.full_disk import full_disk
from tests.keeper.site import CONTROLLER, SITE, AController, ASite, acks, asks, settled


def another_history(site: ASite) -> ASite:
    """The same hub, restored from before it had made a change, which goes on otherwise."""
    other = ASite()
    other.hub = site.hub
    for _ in range(3):
        other.change(group=f"other-{other.revision}")
    return other


@pytest.fixture
def following(controller: AController, site: ASite) -> AController:
    """A controller at revision 3."""
    for revision in (1, 2, 3):
        controller.keeper.handle(Channel.DELTA, site.delta(revision), 0)
    controller.tally.clear()
    return controller


# Forks.


def test_a_fork_is_told_to_the_door_and_to_the_hub(following: AController, site: ASite) -> None:
    following.door_arrives()
    following.door_answers_by(3)

    outgoing = following.keeper.handle(Channel.HEAD, another_history(site).head(), 0)

    assert Forked() in following.door.told
    assert [ack.forked for ack in acks(following, outgoing)] == [True]


def test_a_door_process_that_comes_after_a_fork_is_told(following: AController, site: ASite) -> None:
    following.keeper.handle(Channel.HEAD, another_history(site).head(), 0)

    following.door_arrives(1)

    assert Forked() in following.door.told


def test_what_was_confirmed_before_a_fork_is_told_no_more(controller: AController, site: ASite) -> None:
    settled(controller, site, 0)
    assert kinds_told(controller, 1) == [Confirmed]
    controller.keeper.handle(Channel.HEAD, another_history(site).head(), 2)
    told = kinds_told(controller, 3)
    (ack,) = acks(controller, controller.keeper.connected(4))
    again = controller.restart()

    assert (told, kinds_told(again, 5), ack.fresh_seconds) == ([Forked], [Forked], None)
    again.close()


def kinds_told(controller: AController, now: float) -> list[type[FromKeeper]]:
    """Tell what a door hears of freshness and forks that arrives now."""
    controller.door.told.clear()
    controller.door_arrives(now)
    return [type(packet) for packet in controller.door.told if isinstance(packet, Confirmed | Forked)]


def test_the_mark_of_an_epoch_that_is_over_goes_with_the_next_start(following: AController) -> None:
    mark = following.state_dir / "policy.forked"
    ForkMark(mark).set(Fork(epoch=1, revision=3, ours="", theirs="", note=""))
    following.store.apply([], epoch=2, chain=following.position.chain.hex(), now=0)

    again = following.restart()

    assert not mark.exists()
    again.close()


@pytest.mark.parametrize("revision", [1, 2])
def test_another_history_of_what_lies_behind_us_is_a_fork(
    following: AController, site: ASite, *, revision: int
) -> None:
    following.keeper.handle(Channel.HEAD, another_history(site).head(revision), 0)

    assert following.tally == {"fork": 1}


def test_a_delta_of_another_history_that_lies_behind_us_is_no_repeat_but_a_fork(
    following: AController, site: ASite
) -> None:
    assert acks(following, following.keeper.handle(Channel.DELTA, another_history(site).delta(1), 0))[0].forked


def test_a_fork_survives_a_restart(following: AController, site: ASite) -> None:
    following.keeper.handle(Channel.HEAD, another_history(site).head(), 0)

    again = following.restart()
    again.keeper.handle(Channel.DELTA, site.change(), 0)
    again.door_arrives()

    assert (again.tally, again.position.revision, Forked() in again.door.told) == ({"forked": 1}, 3, True)
    again.close()


def test_a_fork_is_found_though_the_policy_was_rebuilt(following: AController, site: ASite) -> None:
    following.store.begin_anew("a test")

    following.keeper.handle(Channel.DELTA, another_history(site).delta(1, 3), 0)

    assert (following.tally, following.position.revision) == ({"fork": 1}, 0)


def test_a_fork_that_cannot_be_stored_still_ends_applying(following: AController, site: ASite) -> None:
    with full_disk():
        following.keeper.handle(Channel.HEAD, another_history(site).head(), 0)

    following.keeper.handle(Channel.DELTA, site.change(), 0)

    assert (following.tally, following.position.revision) == ({"fork": 1, "forked": 1}, 3)


def test_a_mark_that_cannot_be_read_is_a_fork(following: AController, site: ASite) -> None:
    (following.state_dir / "policy.forked").write_bytes(b"\x00" * 9)

    again = following.restart()
    again.keeper.handle(Channel.DELTA, site.change(), 0)

    assert again.tally == {"forked": 1}
    again.close()


def test_forks_confirm_nothing(following: AController, site: ASite) -> None:
    following.keeper.connected(0)
    (ask,) = asks(following, 0)
    following.keeper.handle(Channel.HEAD, another_history(site).head(), 0)

    following.keeper.handle(Channel.ANSWER, site.answer(ask), 0)

    (ack,) = acks(following, following.keeper.connected(1))
    assert (ack.fresh_seconds, ack.forked) == (None, True)


# A position that has rotted is no fork.


def rot_chain(controller: AController) -> None:
    controller.close()
    with closing(sqlite3.connect(controller.state_dir / "policy.db")) as policy:
        policy.execute("UPDATE position SET chain = randomblob(32)")
        policy.commit()


def test_a_chain_that_has_rotted_is_no_fork_and_the_policy_is_fetched_anew(
    following: AController, site: ASite
) -> None:
    rot_chain(following)
    again = AController(following.state_dir, site)
    again.keeper.connected(0)

    again.keeper.handle(Channel.HEAD, site.head(), 0)
    again.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)

    assert again.tally == {"position-damaged": 1}
    assert (again.position.chain, again.position.digest_hex) == (site.chains[3], site.digests[3])
    again.close()


def test_where_no_witness_was_kept_another_history_is_a_fork(following: AController, site: ASite) -> None:
    following.kept.close()
    (following.state_dir / "kept-notes.db").unlink()

    following.keeper.handle(Channel.HEAD, another_history(site).head(), 0)

    assert (following.tally, following.position.revision) == ({"fork": 1}, 3)


def test_a_keeper_that_starts_keeps_a_witness_of_where_it_is(following: AController, site: ASite) -> None:
    following.close()
    (following.state_dir / "kept-notes.db").unlink()
    AController(following.state_dir, site).close()
    rot_chain(following)

    again = AController(following.state_dir, site)
    again.keeper.handle(Channel.HEAD, site.head(), 0)

    assert again.tally == {"position-damaged": 1}
    again.close()


def test_a_chain_that_has_rotted_is_found_by_the_next_delta(following: AController, site: ASite) -> None:
    rot_chain(following)
    again = AController(following.state_dir, site)

    again.keeper.handle(Channel.DELTA, site.change(), 0)

    assert (again.tally, again.position.revision) == ({"position-damaged": 1}, 0)
    again.close()


def test_rows_that_the_hub_doubts_are_looked_at_at_once_and_fetched_anew(following: AController, site: ASite) -> None:
    following.keeper.tick(0)
    with closing(sqlite3.connect(following.state_dir / "policy.db")) as other:
        other.execute("DELETE FROM groups")
        other.commit()
    following.keeper.tick(1)
    before = following.position.revision

    following.keeper.handle(Channel.HEAD, site.sign(msgspec.structs.replace(site.head_message(), digest="0" * 64)), 2)
    following.keeper.tick(3)

    assert (before, following.position.revision) == (3, 0)


# Epochs.


@pytest.mark.parametrize(
    ("trust_epoch", "supersedes", "refusal"),
    [(1, 0, "unknown-epoch"), (2, 0, "unknown-epoch"), (3, 1, "unknown-epoch"), (2, 1, "gap")],
    ids=["trust does not know it", "trust does not supersede ours", "trust names another", "trust names it"],
)
def test_a_higher_epoch_counts_only_if_trust_names_it_and_what_it_supersedes(
    following: AController, site: ASite, *, trust_epoch: int, supersedes: int, refusal: str
) -> None:
    site.epoch = trust_epoch
    following.keeper.handle(Channel.TRUST, site.trust(version=2, supersedes=supersedes).note, 0)
    site.epoch = 2

    following.keeper.handle(Channel.DELTA, site.change(), 0)

    assert (following.tally, following.position.revision) == ({refusal: 1}, 3)


def test_a_higher_epoch_that_counts_makes_the_keeper_ask(following: AController, site: ASite) -> None:
    following.keeper.connected(0)
    (ask,) = asks(following, 0)
    following.keeper.handle(Channel.ANSWER, site.answer(ask), 0)
    site.epoch = 2
    following.keeper.handle(Channel.TRUST, site.trust(version=2, supersedes=1).note, 1)
    asks(following, 2)

    following.keeper.handle(Channel.HEAD, site.head(1), 10)

    assert len(asks(following, 10.25)) == 1


def test_the_history_of_our_epoch_goes_on_until_the_next_is_fetched(following: AController, site: ASite) -> None:
    site.epoch = 2
    trust = site.trust(version=2, supersedes=1).note
    site.epoch = 1
    following.keeper.handle(Channel.TRUST, trust, 0)

    following.keeper.handle(Channel.DELTA, site.change(), 0)

    assert following.position.revision == 4


def test_an_empty_controller_takes_no_epoch_but_the_one_that_trust_names(tmp_path: Path) -> None:
    site = ASite(revisions=1)
    controller = AController(tmp_path, site)
    controller.keeper.handle(Channel.TRUST, site.trust().note, 0)
    site.epoch = 4

    controller.keeper.handle(Channel.DELTA, site.delta(1), 0)

    assert (controller.tally, controller.position.revision) == ({"unknown-epoch": 1}, 0)
    controller.close()


# Heads from the far future.


def from_the_future(site: ASite) -> bytes:
    return site.sign(msgspec.structs.replace(site.head_message(), revision=10**9, chain="f" * 64, at=4 * 10**9))


def test_a_head_from_the_far_future_makes_the_keeper_ask_once(controller: AController, site: ASite) -> None:
    settled(controller, site)
    controller.keeper.handle(Channel.HEAD, from_the_future(site), 10)
    (ask,) = asks(controller, 10.25)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 10.3)

    controller.keeper.handle(Channel.HEAD, from_the_future(site), 11)

    assert [now for now in range(11, 71) if asks(controller, now)] == []


def test_after_a_head_from_the_far_future_real_ones_count(controller: AController, site: ASite) -> None:
    settled(controller, site)
    controller.keeper.handle(Channel.HEAD, from_the_future(site), 10)
    (ask,) = asks(controller, 10.25)
    controller.keeper.handle(Channel.ANSWER, site.answer(ask), 10.3)
    delta = site.change()

    controller.keeper.handle(Channel.HEAD, site.head(), 20)

    (asked,) = asks(controller, 20.25)
    assert asked.revision == 3
    controller.keeper.handle(Channel.DELTA, delta, 20.3)
    assert controller.position.revision == 4


def test_an_answer_to_a_question_from_before_a_gap_does_not_end_the_asking(
    controller: AController, site: ASite
) -> None:
    controller.keeper.handle(Channel.DELTA, site.delta(1, 3), 0)
    controller.keeper.connected(10)
    (ask,) = asks(controller, 10)
    before = site.answer(ask)
    site.change()
    controller.keeper.handle(Channel.DELTA, site.change(), 10.1)

    controller.keeper.handle(Channel.ANSWER, before, 10.2)

    assert len(asks(controller, 11)) == 1


def test_an_answer_of_the_hub_s_that_is_far_ahead_is_waited_for_until_another_says_otherwise(
    controller: AController, site: ASite
) -> None:
    settled(controller, site)
    (ask,) = asks(controller, 60)
    head = msgspec.structs.replace(site.head_message(), revision=10**9, chain="f" * 64)
    controller.keeper.handle(Channel.ANSWER, site.answer_with(head, ask), 60)
    (again,) = asks(controller, 61)

    controller.keeper.handle(Channel.ANSWER, site.answer(again), 61)

    assert [now for now in range(61, 121) if asks(controller, now)] == []
    assert acks(controller, controller.keeper.connected(200)) == [
        Ack(
            site=SITE,
            controller=CONTROLLER,
            epoch=1,
            revision=3,
            chain=site.chains[3].hex(),
            digest=site.digests[3],
            level=FEATURE_LEVEL,
            fresh_seconds=139,
            trust=1,
        )
    ]
