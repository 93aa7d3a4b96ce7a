"""What a controller says of the hub's own log: against the hub with the hub's signature, else against itself."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from doorctl.audit.checkpoint import HUB_LOG, Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.hub_word import signature_in
from doorctl.audit.leaf import TreeMark
from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.keys.identity import hub_key_name
from doorctl.wire.notes import Signer
from tests.hub.builders import NOON, NOON_SECONDS, SITE, ASite, a_signer, later
from tests.hub.exports.proving import judged
from tests.hub.logs import a_log, acks, alarms, send, tree_of
from tests.hub.own_log.reading import own_log
from tests.hub.own_log.writing import an_own_log


def signed(mark: TreeMark, signer: Signer) -> TreeMark:
    """Let somebody sign what is said of the hub's log as the hub signs its checkpoints."""
    checkpoint = Checkpoint(origin_of(SITE, HUB_LOG, mark.epoch), mark.size, bytes.fromhex(mark.root))
    return replace(mark, signature=signature_in(sign_checkpoint(checkpoint, signer).decode()))


@pytest.mark.parametrize("epoch", [1, None])
def test_a_hub_log_that_never_was_and_the_hub_has_signed_is_kept_an_alarm_and_named_by_the_verdict(
    site_with_two: ASite, tmp_path: Path, epoch: int | None
) -> None:
    site_with_two.hub.chronicle.take_trust(site_with_two.trust(), NOON)
    log = a_log(site_with_two, size=1)
    send(site_with_two, log.batch(0, 1))
    mark = TreeMark(HUB_LOG, epoch or own_log(site_with_two).epoch, 2, "00" * 32)
    log.write(kind=RecordKind.HUB_ROOT, tree=signed(mark, site_with_two.hub_identity.signer))

    assert acks(site_with_two, send(site_with_two, log.batch(1, 2)))

    (alarm,) = alarms(site_with_two)
    assert (alarm.word, alarm.controller, alarm.record, alarm.told_root) == ("hub-fork", "pi-1", 1, mark.root)
    verdict = judged(site_with_two, tmp_path, later(60))
    assert not verdict.whole
    assert "record 1 of pi-1/1 saw" in verdict.failure


@pytest.mark.parametrize("by", ["", "the controller"])
def test_a_controller_that_makes_a_hub_log_up_is_an_alarm_about_it_and_exports_stay_whole(
    site_with_two: ASite, tmp_path: Path, by: str
) -> None:
    site_with_two.hub.chronicle.take_trust(site_with_two.trust(), NOON)
    log = a_log(site_with_two, size=1)
    send(site_with_two, log.batch(0, 1))
    mark = TreeMark(HUB_LOG, own_log(site_with_two).epoch, 2, "00" * 32)
    log.write(kind=RecordKind.HUB_ROOT, tree=signed(mark, log.controller.log) if by else mark)

    send(site_with_two, log.batch(1, 2))

    (alarm,) = alarms(site_with_two)
    assert (alarm.word, alarm.controller, alarm.record) == ("hub-root-unsigned", "pi-1", 1)
    assert site_with_two.hub.refusals == {"hub-root-unsigned": 1}
    verdict = judged(site_with_two, tmp_path, later(60))
    assert (verdict.whole, verdict.failure) == (True, "")
    assert any("controller pi-1 claims in record 1 of pi-1/1" in line for line in verdict.not_proven)


def test_a_lie_before_it_in_the_batch_hides_no_alarm_about_the_hub(site_with_two: ASite) -> None:
    former = a_signer(hub_key_name(SITE))
    site_with_two.former = (former.verifier.public_key,)
    site_with_two.restart()
    log = a_log(site_with_two, size=1)
    send(site_with_two, log.batch(0, 1))
    mark = TreeMark(HUB_LOG, own_log(site_with_two).epoch, 2, "00" * 32)
    for tree in (mark, signed(mark, log.controller.log), signed(mark, former)):
        log.write(kind=RecordKind.HUB_ROOT, tree=tree)

    send(site_with_two, log.batch(1, 4))

    assert [(alarm.word, alarm.record) for alarm in alarms(site_with_two)] == [
        ("hub-fork", 3), ("hub-root-unsigned", 1)
    ]  # fmt: skip


def test_a_record_of_the_hub_log_as_it_is_is_no_alarm(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)
    send(site_with_two, log.batch(0, 1))
    read = own_log(site_with_two)
    for size in (1, len(read.raw)):
        told = tree_of(read.raw[:size]).root.hex()
        log.write(kind=RecordKind.HUB_ROOT, tree=TreeMark(HUB_LOG, read.epoch, size, told))

    send(site_with_two, log.batch(1, 3))

    assert alarms(site_with_two) == ()


def test_records_of_what_a_restored_hub_has_said_to_have_lost_are_no_alarm(site_with_two: ASite) -> None:
    log = a_log(site_with_two, size=1)
    send(site_with_two, log.batch(0, 1))
    mark = TreeMark(HUB_LOG, own_log(site_with_two).epoch, 99, "00" * 32)
    with transaction(site_with_two.connection):
        an_own_log(site_with_two).put_back("a copy of yesterday", at=NOON_SECONDS)
    log.write(kind=RecordKind.HUB_ROOT, tree=mark)

    send(site_with_two, log.batch(1, 2))

    assert alarms(site_with_two) == ()
