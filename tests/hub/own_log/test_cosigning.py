"""The hub vouches for what it holds: in the controller's hands, and in its own log."""

from datetime import datetime

import pytest
from msgspec.structs import replace

from doorctl.audit.checkpoint import HUB_LOG, Checkpoint, open_checkpoint, origin_of, sign_checkpoint
from doorctl.audit.cosignature import open_cosignature
from doorctl.audit.leaf import TreeMark
from doorctl.audit.proofs import follows
from doorctl.audit.tree import EMPTY_ROOT
from doorctl.core.records import RecordKind
from doorctl.errors import Refused
from doorctl.keys.identity import hub_key_name
from doorctl.wire.messages import LogAck, LogBatch
from tests.hub.builders import NOON, NOON_SECONDS, SITE, ASite, a_signer, an_identity, later
from tests.hub.logs import ALog, a_log, send, tree_of
from tests.hub.own_log.reading import epochs_of, own_log

NOTHING_YET = TreeMark(HUB_LOG, 1, 0, EMPTY_ROOT.hex())
"""What a controller saw of a hub's log of no records."""


def ack_of(site: ASite, batch: LogBatch, *, at: datetime = NOON) -> LogAck:
    (ack,) = site.messages(send(site, batch, at=at), LogAck)
    return ack


def cosigned_at(site: ASite, log: ALog, ack: LogAck, size: int) -> int:
    """Check the cosignature in an acknowledgement; return its time."""
    note = log.checkpoint(size) + ack.cosignature
    return open_cosignature(note.encode(), site.hub_identity.signer.verifier).at


def marks(site: ASite) -> list[TreeMark | None]:
    return [leaf.tree for leaf in own_log(site).of(RecordKind.COSIGNED)]


def test_what_is_taken_in_is_cosigned_with_the_time_and_recorded(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)

    ack = ack_of(site_with_two, log.batch(0, 3))

    assert cosigned_at(site_with_two, log, ack, 3) == NOON_SECONDS
    assert marks(site_with_two) == [TreeMark("pi-1", 1, 3, tree_of(log.leaves).root.hex())]


def test_every_batch_is_a_record_of_the_hubs_log(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)

    for end in (1, 2, 3):
        send(site_with_two, log.batch(end - 1, end))

    assert [mark.size for mark in marks(site_with_two) if mark] == [1, 2, 3]


@pytest.mark.parametrize(("first", "end"), [(0, 1), (1, 2), (2, 2)])
def test_what_is_less_than_is_held_is_not_cosigned(site_with_two: ASite, first: int, end: int) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 3))

    less = replace(log.batch(first, end), cosigned_at=NOON_SECONDS)

    assert ack_of(site_with_two, less, at=later(60)).cosignature == ""
    assert len(marks(site_with_two)) == 1


def test_a_gap_is_acknowledged_and_not_cosigned(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 1))

    ack = ack_of(site_with_two, log.batch(2, 3))

    assert (ack.size, ack.cosignature) == (1, "")


def test_nothing_is_not_cosigned(site_with_two: ASite) -> None:
    assert ack_of(site_with_two, a_log(site_with_two, size=0).batch(0, 0)).cosignature == ""


def test_a_controller_without_news_gets_its_checkpoint_cosigned_with_the_time_and_without_a_record(
    site_with_two: ASite,
) -> None:
    log = a_log(site_with_two, size=3)
    at = cosigned_at(site_with_two, log, ack_of(site_with_two, log.batch(0, 3)), 3)
    empty = replace(log.batch(3, 3), cosigned_at=at)

    ack = ack_of(site_with_two, empty, at=later(60))

    assert cosigned_at(site_with_two, log, ack, 3) == NOON_SECONDS + 60
    assert len(marks(site_with_two)) == 1


@pytest.mark.parametrize("named", [0, NOON_SECONDS - 1])
def test_a_batch_of_before_does_not_make_silence_look_like_news(site_with_two: ASite, named: int) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 3))

    ack = ack_of(site_with_two, replace(log.batch(3, 3), cosigned_at=named), at=later(3600))

    assert cosigned_at(site_with_two, log, ack, 3) == NOON_SECONDS


def test_the_same_batch_again_does_not_make_silence_look_like_news(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 3))
    empty = replace(log.batch(3, 3), cosigned_at=NOON_SECONDS)
    send(site_with_two, empty, at=later(60))

    ack = ack_of(site_with_two, empty, at=later(3600))

    assert cosigned_at(site_with_two, log, ack, 3) == NOON_SECONDS + 60


def test_the_newest_cosignature_is_kept_over_a_restart(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 3))
    site_with_two.restart()

    ((note,),) = site_with_two.rows("SELECT note FROM cosignatures")
    assert isinstance(note, bytes)
    assert note.startswith(log.checkpoint(3).encode())
    assert open_cosignature(note, site_with_two.hub_identity.signer.verifier).at == NOON_SECONDS


def test_a_hub_with_other_keys_cosigns_anew(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=3)
    send(site_with_two, log.batch(0, 3))
    site_with_two.hub_identity = an_identity(hub_key_name(SITE))
    site_with_two.restart()

    ack = ack_of(site_with_two, log.batch(3, 3), at=later(60))

    assert cosigned_at(site_with_two, log, ack, 3) == NOON_SECONDS + 60


def test_a_checkpoint_with_a_second_signature_is_refused(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)
    checkpoint = log.checkpoint(1)
    extra = checkpoint + checkpoint.splitlines(keepends=True)[-1]

    assert send(site_with_two, log.batch(0, 1, checkpoint=extra)) == []
    assert site_with_two.hub.refusals == {"extra-signature": 1}


def test_records_that_only_vouch_for_the_hub_are_not_vouched_for_by_a_record(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)
    send(site_with_two, log.batch(0, 1))
    log.write(kind=RecordKind.HUB_ROOT, tree=NOTHING_YET)

    ack = ack_of(site_with_two, log.batch(1, 2))
    log.write()
    send(site_with_two, log.batch(2, 3))

    assert cosigned_at(site_with_two, log, ack, 2) == NOON_SECONDS
    assert [mark.size for mark in marks(site_with_two) if mark] == [1, 3]


def test_the_first_records_of_a_log_are_always_recorded(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=0)
    log.write(kind=RecordKind.HUB_ROOT, tree=NOTHING_YET)

    send(site_with_two, log.batch(0, 1))

    assert len(marks(site_with_two)) == 1


def test_an_idle_site_comes_to_rest(site_with_two: ASite) -> None:
    logs = [ALog(controller) for controller in site_with_two.controllers]
    for log in logs:
        log.write()
        send(site_with_two, log.batch(0, 1))
    seen = [0, 0]

    sizes = []
    for quarter in range(8):
        for number, log in enumerate(logs):
            at = later(900 * quarter + number)
            size = hub_size(ack_of(site_with_two, log.batch(len(log.leaves), len(log.leaves)), at=at))
            if size != seen[number]:
                seen[number] = size
                log.write(kind=RecordKind.HUB_ROOT, tree=NOTHING_YET)
                send(site_with_two, log.batch(len(log.leaves) - 1, len(log.leaves)), at=at)
        sizes.append((len(own_log(site_with_two).raw), *(len(log.leaves) for log in logs)))

    assert sizes[1:] == [sizes[1]] * 7


def hub_size(ack: LogAck) -> int:
    return int(ack.hub_checkpoint.splitlines()[1])


@pytest.mark.parametrize("known", [0, 1, 2, 3])
def test_each_acknowledgement_proves_that_the_hubs_log_only_grew(site_with_two: ASite, known: int) -> None:
    log = a_log(site_with_two, size=3)
    for end in (1, 2):
        send(site_with_two, log.batch(end - 1, end))
    before = own_log(site_with_two)

    ack = ack_of(site_with_two, replace(log.batch(2, 3), hub_epoch=before.epoch, hub_size=known))

    after = own_log(site_with_two)
    origin = origin_of(SITE, HUB_LOG, after.epoch)
    told = open_checkpoint(ack.hub_checkpoint.encode(), site_with_two.hub_identity.signer.verifier, origin=origin)
    assert (told.size, told.root, ack.hub_since) == (len(after.raw), tree_of(after.raw).root, known)
    proof = [bytes.fromhex(each) for each in ack.hub_proof]
    assert follows(proof, old=known, old_root=tree_of(before.raw[:known]).root, size=told.size, root=told.root)


def test_a_batch_that_names_another_epoch_of_the_hubs_log_gets_no_proof(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)

    ack = ack_of(site_with_two, replace(log.batch(0, 1), hub_epoch=7, hub_size=1))

    assert (ack.hub_since, ack.hub_proof, hub_size(ack)) == (0, (), 2)


def test_a_controller_that_shows_a_longer_log_of_the_hubs_makes_it_begin_anew(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)
    send(site_with_two, log.batch(0, 1))
    epoch = own_log(site_with_two).epoch
    lost = Checkpoint(origin_of(SITE, HUB_LOG, epoch), 9, b"r" * 32)
    note = sign_checkpoint(lost, site_with_two.hub_identity.signer).decode()

    ack = ack_of(site_with_two, replace(log.batch(1, 1), hub_checkpoint=note))

    first = own_log(site_with_two).leaves[0]
    assert (first.kind, first.tree) == (RecordKind.LOG_RECOVERED, TreeMark(HUB_LOG, epoch, 9, lost.root.hex()))
    assert f"/{HUB_LOG}/{epochs_of(site_with_two.connection)[-1]}\n" in ack.hub_checkpoint


def test_a_former_key_makes_the_hubs_log_begin_anew_once_a_day_at_most(site_with_two: ASite) -> None:
    thief, begun = a_signer(hub_key_name(SITE)), []
    site_with_two.former = (thief.verifier.public_key,)
    site_with_two.restart()
    log = a_log(site_with_two, size=1)
    send(site_with_two, log.batch(0, 1))

    for hours in (0, 1, 23, 25):
        lost = Checkpoint(origin_of(SITE, HUB_LOG, own_log(site_with_two).epoch), 999, b"r" * 32)
        said = replace(log.batch(1, 1), hub_checkpoint=sign_checkpoint(lost, thief).decode())
        send(site_with_two, said, at=later(hours * 3600))
        begun.append(len(epochs_of(site_with_two.connection)))

    assert begun == [2, 2, 2, 3]


def test_a_checkpoint_that_the_hub_never_signed_changes_nothing(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)
    send(site_with_two, log.batch(0, 1))
    lost = Checkpoint(origin_of(SITE, HUB_LOG, own_log(site_with_two).epoch), 9, b"r" * 32)
    note = sign_checkpoint(lost, a_signer(hub_key_name(SITE))).decode()

    ack = ack_of(site_with_two, replace(log.batch(1, 1), hub_checkpoint=note))

    assert ack.size == 1
    assert len(epochs_of(site_with_two.connection)) == 1


def test_no_cosignature_is_by_an_ordinary_signature(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)
    note = log.checkpoint(1) + ack_of(site_with_two, log.batch(0, 1)).cosignature

    with pytest.raises(Refused, match="unknown-signer"):
        open_checkpoint(note.encode(), site_with_two.hub_identity.signer.verifier, origin=origin_of(SITE, "pi-1", 1))
