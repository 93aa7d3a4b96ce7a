"""A link in hostile hands, at a real keeper beside a real door: it can withhold, and nothing else."""

import json
import os
import pwd
import random
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.core.reasons import Outcome
from doorctl.database import open_reader
from doorctl.demo.building import PROCESSES
from doorctl.hub.history import delta_notes
from doorctl.keys.card_keys import CardKeys, load_card_keys
from doorctl.places import RunSocket
from doorctl.policy.apply import Position, chain_after
from doorctl.policy.rows import CredentialRow
from doorctl.wire.commands import GroupAdd
from doorctl.wire.courier import CHANNELS, MAX_PACKET_BYTES, Deliver, LinkConnected, encode
from doorctl.wire.messages import Change, Delta, Put, to_text
from doorctl.wire.notes import Signer, sign_text
from doorctl.wire.topics import TO_CONTROLLERS, Channel
from tests.keeper.processes import ALink, short_folder
from tests.system import stranger
from tests.system.site import ADA, CARD, STRANGER, RunningSite, a_running_site

PACKETS = 1000
only_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user; the last test looks at the files' modes instead"
)


@pytest.fixture(scope="module")
def site() -> Iterator[RunningSite]:
    with a_running_site() as site:
        yield site


def genuine_deltas(site: RunningSite) -> list[bytes]:
    """Return all that the hub has ever signed, one change per note, as a broker may have kept it."""
    signer = site.hub_identity.signer
    with closing(open_reader(site.site_db)) as hub:
        return [next(delta_notes(hub, signer, after=after)) for after in range(site.status().revision)]


def forged_delta(position: Position, keys: CardKeys, signer: Signer) -> bytes:
    """Return what gives the stranger's card to Ada: right in everything but who signed it."""
    row = CredentialRow(key=keys.credential_key(STRANGER), holder=ADA)
    change = msgspec.Raw(msgspec.json.encode(Change(revision=position.revision + 1, at=0, operations=(Put(row),))))
    delta = Delta(
        site=position.site,
        epoch=position.epoch,
        first=position.revision + 1,
        last=position.revision + 1,
        chain=chain_after(position.chain, bytes(change)).hex(),
        changes=(change,),
    )
    return sign_text(to_text(delta), signer)


def hostile_packets(chance: random.Random, *, deltas: list[bytes], forged: bytes) -> Iterator[bytes]:
    """Yield packets of every sort: random, cut, huge, forged, old, on channels of both directions."""
    while True:
        note = chance.choice(deltas)
        garbage = chance.randbytes(chance.choice((1, 5, 6, 7, 40, 300, 4000)))
        carried = encode(Deliver(chance.getrandbits(32), chance.choice(TO_CONTROLLERS), note))
        yield chance.choice(
            (
                garbage,
                carried,
                carried[: chance.randrange(1, len(carried))],
                carried[:5] + bytes([chance.randrange(len(CHANNELS) + 2)]) + carried[6:],
                bytes([chance.randrange(256)]) + bytes(MAX_PACKET_BYTES + chance.randrange(2000)),
                encode(Deliver(7, Channel.DELTA, forged)),
                encode(LinkConnected()),
            )
        )


def play_the_link(site: RunningSite, packets: Iterator[bytes], count: int) -> int:
    """Say so many packets, connecting anew whenever the keeper has had enough; return how often that was."""
    said = connections = 0
    while said < count:
        connections += 1
        with ALink(site.controller / "run" / RunSocket.KEEPER) as link:
            for packet in packets:
                try:
                    link.say_raw(packet)
                except OSError:
                    break
                said += 1
                if said == count:
                    break
    return connections


def test_a_hostile_link_moves_neither_policy_nor_strike_and_an_honest_one_goes_on(site: RunningSite) -> None:
    site.stop("link")
    before = site.position(site.policy_db)
    keys = load_card_keys(site.controller / "state" / "card.keys")
    stranger = Signer(site.hub_identity.signer.name, Ed25519PrivateKey.generate())
    packets = hostile_packets(
        random.Random(20270115), deltas=genuine_deltas(site), forged=forged_delta(before, keys, stranger)
    )
    play_the_link(site, packets, PACKETS)
    site.assert_decides()

    assert site.position(site.policy_db) == before
    for refusal in ("bad-packet", "packet-too-large", "wrong-channel", "not-a-note", "unknown-signer"):
        assert f"reason={refusal} " in site.said("keeper")
    site.start("link")
    assert site.change(GroupAdd("after")).verdict == "done"
    site.wait_until_synchronous()
    assert [name for name in PROCESSES if not site.is_running(name)] == []


def test_the_forged_delta_would_have_been_applied_with_the_hub_s_signature(site: RunningSite) -> None:
    """What the test above forges is refused for its signature alone."""
    site.stop("link")
    before = site.position(site.policy_db)
    keys = load_card_keys(site.controller / "state" / "card.keys")

    with ALink(site.controller / "run" / RunSocket.KEEPER) as link:
        link.deliver(1, Channel.DELTA, forged_delta(before, keys, site.hub_identity.signer))

    assert site.position(site.policy_db).revision == before.revision + 1


def what_another_user_can(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """Let another user, of the keeper's group as the link is, try everything on these files."""
    user = pwd.getpwnam("nobody").pw_uid
    tried = subprocess.run(
        [sys.executable, stranger.__file__, str(user), str(os.getgid()), *map(str, paths)],
        check=True,
        capture_output=True,
        text=True,
    )
    return [(did, name) for did, name in map(json.loads, tried.stdout.splitlines())]


@only_root
def test_a_link_that_truncates_and_replaces_what_it_can_reach_reaches_the_keeper_s_socket_alone(
    site: RunningSite,
) -> None:
    state, run = site.controller / "state", site.controller / "run"
    for folder in (site.folder, site.site, site.controller, state, run):
        folder.chmod(0o755)  # so that the files' own modes are in its way, and nothing else
    before = site.position(site.policy_db)

    done = what_another_user_can(path for folder in (state, run) for path in folder.rglob("*"))

    assert done == [("connect", RunSocket.KEEPER)]
    assert site.position(site.policy_db) == before
    assert site.is_running("keeper")
    assert site.decide(CARD).outcome is Outcome.GRANTED


@only_root
def test_a_file_that_another_user_may_truncate_and_replace_is_found() -> None:
    with short_folder() as folder:
        bare = folder / "bare"
        bare.touch()
        for path in (folder, bare):
            path.chmod(0o777)

        assert [did for did, _ in what_another_user_can([bare])] == ["read", "truncate", "replace"]


def mode_of(path: Path) -> int:
    """Return the mode of a file; nobody reaches one that has gone meanwhile."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return 0


def test_of_a_controller_s_files_the_link_s_user_reaches_the_keeper_s_socket_alone(site: RunningSite) -> None:
    paths = [path for place in ("state", "run") for path in (site.controller / place).rglob("*")]
    others = stat.S_IRWXG | stat.S_IRWXO
    reached = [path.name for path in paths if not path.is_symlink() and mode_of(path) & others]

    assert reached == [RunSocket.KEEPER]
