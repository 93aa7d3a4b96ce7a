"""The keeper as a process: kills, hostile links, and what becomes of the policy."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from doorctl.database import open_reader
from doorctl.keeper.join import load_keeper
from doorctl.keys.identity import ack_key_name
from doorctl.places import RunSocket
from doorctl.policy.apply import position_of, recomputed_digest
from doorctl.processes import REFUSED
from doorctl.wire.courier import MAX_PACKET_BYTES, Deliver, Handled, Publish, encode
from doorctl.wire.messages import Ack, from_text
from doorctl.wire.notes import Verifier, open_note
from doorctl.wire.topics import TO_CONTROLLERS, Channel
from tests.keeper.processes import ALink, AProcess, a_config, short_folder, until
from tests.keeper.site import CONTROLLER, SITE, ASite


@dataclass(frozen=True, slots=True)
class Rig:
    """A site and a keeper process of one of its controllers."""

    folder: Path
    site: ASite
    keeper: AProcess

    @property
    def state_dir(self) -> Path:
        return self.folder / "state"

    def link(self) -> ALink:
        return ALink(self.folder / "run" / RunSocket.KEEPER)

    def committed(self) -> tuple[int, str]:
        """Revision and digest of the rows, read as the door reads them, and checked."""
        with closing(open_reader(self.state_dir / "policy.db")) as policy:
            position = position_of(policy)
            assert recomputed_digest(policy) == position.digest
            return position.revision, position.digest_hex

    def acknowledged(self, link: ALink) -> list[int]:
        verifier = Verifier(ack_key_name(CONTROLLER), load_keeper(self.state_dir, CONTROLLER).sign_public)
        notes = [publish.payload for publish in link.published if publish.channel is Channel.ACK]
        return [from_text(open_note(note, [verifier]).text, Ack, site=SITE).revision for note in notes]


@pytest.fixture
def rig() -> Iterator[Rig]:
    site = ASite(revisions=3)
    with short_folder() as folder, AProcess("keeper", a_config(folder, site)) as keeper:
        yield Rig(folder, site, keeper)


def test_a_delivery_is_handled_after_its_commit_and_acknowledged(rig: Rig) -> None:
    with rig.link() as link:
        link.connect_broker()
        link.deliver(1, Channel.TRUST, rig.site.trust().note)
        link.deliver(2, Channel.DELTA, rig.site.delta(1, 3))
        committed = rig.committed()
        link.deliver(3, Channel.DELTA, rig.site.delta(1))  # the acks so far are heard by then

    assert committed == (3, rig.site.digests[3])
    assert rig.acknowledged(link) == [3]


def test_it_stops_in_good_order(rig: Rig) -> None:
    with rig.link() as link:
        link.deliver(1, Channel.TRUST, rig.site.trust().note)

        assert rig.keeper.stop() == 0
    assert not (rig.folder / "run" / RunSocket.KEEPER).exists()


def test_a_policy_that_is_a_text_file_is_rebuilt_and_filled_again(rig: Rig) -> None:
    with rig.link() as link:
        link.deliver(1, Channel.TRUST, rig.site.trust().note)
        link.deliver(2, Channel.DELTA, rig.site.delta(1, 3))
    rig.keeper.stop()
    policy = rig.state_dir / "policy.db"
    policy.unlink()
    policy.write_text("not a database")

    rig.keeper.start()
    with rig.link() as link:
        link.deliver(1, Channel.DELTA, rig.site.delta(1, 3))

    assert rig.committed() == (3, rig.site.digests[3])


def test_a_policy_that_cannot_be_opened_yet_is_waited_for(rig: Rig) -> None:
    with rig.link() as link:
        link.deliver(1, Channel.TRUST, rig.site.trust().note)
        link.deliver(2, Channel.DELTA, rig.site.delta(1, 3))
    rig.keeper.stop()
    with closing(sqlite3.connect(rig.state_dir / "policy.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        rig.keeper.start()
        until(lambda: "event=policy_unavailable" in rig.keeper.said, what="the keeper finds it locked")

    with rig.link():
        assert rig.committed() == (3, rig.site.digests[3])
    assert rig.keeper.said.count("event=policy_rebuilt") == 1


def hostile_packets(site: ASite, count: int) -> Iterator[bytes]:
    chance = random.Random(20260101)
    note = site.delta(1)
    for _ in range(count):
        garbage = chance.randbytes(chance.choice((1, 5, 6, 7, 40, 300, 4000)))
        cut = chance.randrange(1, len(note))
        yield chance.choice(
            (
                garbage,
                b"\x01" + garbage,
                b"\x02" + garbage[:1],
                encode(Deliver(7, chance.choice(TO_CONTROLLERS), garbage)),
                encode(Deliver(7, Channel.DELTA, note[:cut])),
                encode(Deliver(7, Channel.DELTA, note[:cut] + b"\x00" + note[cut + 1 :])),
                bytes([chance.randrange(1, 4)]) + bytes(MAX_PACKET_BYTES + chance.randrange(2000)),
            )
        )


def test_a_hostile_link_changes_nothing_and_a_good_one_is_served_after_it(rig: Rig) -> None:
    with rig.link() as link:
        link.deliver(1, Channel.TRUST, rig.site.trust().note)
    for round_ in range(4):
        with rig.link() as hostile:
            for packet in hostile_packets(rig.site, 250 + round_):
                try:
                    hostile.say_raw(packet)
                except OSError:
                    break  # the keeper has had enough of a link that does not read

    with rig.link() as link:
        link.deliver(2, Channel.HEAD, b"")
        before = rig.committed()
        link.deliver(3, Channel.DELTA, rig.site.delta(1, 3))

    assert (before[0], rig.committed()[0], rig.keeper.is_alive) == (0, 3, True)
    for refusal in ("bad-packet", "packet-too-large", "not-a-note", "bad-signature"):
        assert f"reason={refusal} " in rig.keeper.said


def test_two_links_at_once_leave_the_newer_one(rig: Rig) -> None:
    with rig.link() as old:
        old.deliver(1, Channel.TRUST, rig.site.trust().note)
        with rig.link() as new:
            new.deliver(1, Channel.DELTA, rig.site.delta(1))

            with pytest.raises(ConnectionError):
                old.hear()
    assert rig.committed()[0] == 1


def test_kills_in_the_middle_of_deltas_lose_nothing_and_apply_nothing_twice(rig: Rig) -> None:
    chance = random.Random(4)
    for _ in range(60):
        rig.site.change()
    with rig.link() as link:
        link.deliver(1, Channel.TRUST, rig.site.trust().note)
    handled = 0
    for _ in range(4):
        rig.keeper.kill()
        rig.keeper.start()
        with rig.link() as link:
            for revision in range(handled + 1, rig.site.revision + 1):
                link.say(Deliver(revision, Channel.DELTA, rig.site.delta(revision)))
            for _ in range(chance.randrange(5, 25)):
                while not isinstance(packet := link.hear(), Handled):
                    pass
                handled = packet.token
            rig.keeper.kill()
        assert rig.committed()[0] >= handled

    rig.keeper.start()
    with rig.link() as link:
        for revision in range(1, rig.site.revision + 1):
            link.deliver(revision, Channel.DELTA, rig.site.delta(revision))

    assert rig.committed() == (rig.site.revision, rig.site.digests[-1])


def test_it_begins_without_a_link_and_asks_when_there_is_one(rig: Rig) -> None:
    with rig.link() as link:
        link.connect_broker()
        heard = link.hear()

    assert isinstance(heard, Publish)
    assert heard.channel is Channel.ASK


def test_a_second_keeper_of_one_folder_ends_and_the_first_keeps_its_socket(rig: Rig) -> None:
    with rig.link() as link:
        second = AProcess("keeper", rig.folder / "controller.toml")
        second.start()

        assert second.wait() == REFUSED
        assert f"another keeper runs on {rig.state_dir}" in second.said
        link.deliver(1, Channel.TRUST, rig.site.trust().note)


def test_a_keeper_starts_at_once_where_one_was_killed(rig: Rig) -> None:
    with rig.link():
        rig.keeper.kill()

    rig.keeper.start()

    with rig.link() as link:
        link.deliver(1, Channel.TRUST, rig.site.trust().note)
