"""Which heads are sent, what is remembered of it, and when a place is late."""

from pathlib import Path

import pytest

from doorctl.audit.checkpoint import open_checkpoint, origin_of
from doorctl.audit.cosignature import cosign, open_cosignature
from doorctl.core.records import RecordKind
from doorctl.hub.anchors.heads import OVERDUE_SECONDS, Sent, heads_of, last_taken, tell_of_sending, written_heads
from tests.hub.builders import NOON, NOON_SECONDS, SITE, ASite, later
from tests.hub.logs import ALog, a_log, send
from tests.hub.own_log.reading import own_log

SENT = Sent(NOON_SECONDS, "ab" * 32, ("file",), {"mail": "nobody is there"})


def test_the_hubs_head_comes_first_then_each_controllers_newest_with_the_cosignature(site_with_two: ASite) -> None:
    site = site_with_two
    other = ALog(site.controllers[1])
    other.write()
    for log in (a_log(site, size=1), a_log(site, size=2, epoch=2), other):
        send(site, log.batch(0, len(log.leaves)))

    heads = heads_of(site.connection)

    verifier = site.hub_identity.signer.verifier
    epoch = own_log(site).epoch
    assert [(log.controller, log.log_epoch) for log, _ in heads] == [("hub", epoch), ("pi-1", 2), ("pi-2", 1)]
    assert open_checkpoint(heads[0][1], verifier, origin=origin_of(SITE, "hub", epoch)).size == len(own_log(site).raw)
    assert [open_cosignature(note, verifier).at for _, note in heads[1:]] == [NOON_SECONDS] * 2


def test_heads_are_written_one_after_the_other_and_the_hubs_says_when(site_with_two: ASite) -> None:
    send(site_with_two, a_log(site_with_two, size=1).batch(0, 1))

    heads = heads_of(site_with_two.connection)

    signer = site_with_two.hub_identity.signer
    own = cosign(heads[0][1], signer, at=NOON_SECONDS)
    assert written_heads(heads, signer, at=NOON_SECONDS) == own + b"\n" + heads[1][1] + b"\n"


def test_the_hub_records_who_has_taken_them_once(site: ASite, tmp_path: Path) -> None:
    tell_of_sending(tmp_path, SENT)

    site.hub.chronicle.look(tmp_path, NOON)
    site.hub.chronicle.look(tmp_path, NOON)

    (leaf,) = own_log(site).of(RecordKind.ANCHORED)
    assert leaf.detail == f"sha256 {'ab' * 32} to file; not mail: nobody is there"


def test_word_that_cannot_be_read_is_passed_by(
    site: ASite, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tell_of_sending(tmp_path, SENT)
    (tmp_path / "anchors" / "0.json").write_bytes(b"\xff{")

    site.hub.chronicle.look(tmp_path, NOON)

    assert "event=anchor_word_unreadable file=0.json" in capfd.readouterr().err
    assert len(own_log(site).of(RecordKind.ANCHORED)) == 1


def test_a_place_is_late_from_its_first_failure_or_its_last_success_on(tmp_path: Path) -> None:
    for at, taken, failed in ((1, ("file",), ("mail",)), (2, ("file",), ("mail",)), (3, (), ("file", "mail"))):
        tell_of_sending(tmp_path, Sent(at, "", taken, dict.fromkeys(failed, "")))

    assert last_taken(tmp_path) == {"file": 2, "mail": 1}


def test_a_place_that_takes_nothing_for_three_days_is_an_alarm_each_day(
    site: ASite, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tell_of_sending(tmp_path, SENT)

    for seconds in (0, OVERDUE_SECONDS, OVERDUE_SECONDS + 1, OVERDUE_SECONDS + 60, OVERDUE_SECONDS + 86_400):
        site.hub.chronicle.look(tmp_path, later(seconds))

    assert capfd.readouterr().err.count('<2>event=anchor_overdue places="file mail"') == 2


def test_a_place_that_takes_them_again_is_late_no_more(
    site: ASite, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tell_of_sending(tmp_path, SENT)
    tell_of_sending(tmp_path, Sent(NOON_SECONDS + OVERDUE_SECONDS, "", ("file", "mail")))

    site.hub.chronicle.look(tmp_path, later(OVERDUE_SECONDS + 1))

    assert "anchor_overdue" not in capfd.readouterr().err
