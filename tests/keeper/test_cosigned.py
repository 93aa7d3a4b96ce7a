"""The newest cosigned checkpoint is kept for whoever checks the log on the spot, and never goes back."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from doorctl.audit.checkpoint import Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.cosignature import cosign, open_cosignature
from doorctl.errors import Refused
from doorctl.keeper.cosigned import AHEAD_SECONDS, WRITE_SECONDS, CosignedNote, Place
from doorctl.keys.identity import log_key_name
from doorctl.wire.messages import LogAck
from doorctl.wire.notes import Signer
from tests.full_disk import full_disk
from tests.keeper.hub_logs import AHubLog
from tests.keeper.site import CONTROLLER, SITE, ASite, a_signer

NOON = 1_800_000_000
LOG = a_signer(log_key_name(CONTROLLER))


def opened(folder: Path) -> CosignedNote:
    return CosignedNote(folder / "cosigned.note", site=SITE, log=CONTROLLER)


@pytest.fixture
def cosigned(tmp_path: Path) -> CosignedNote:
    return opened(tmp_path)


def a_checkpoint(size: int, *, epoch: int = 7) -> bytes:
    told = Checkpoint(origin_of(SITE, CONTROLLER, epoch), size, bytes([size % 256]) * 32)
    return sign_checkpoint(told, LOG)


def an_ack(
    site: ASite, size: int, *, epoch: int = 7, at: int = NOON, signer: Signer | None = None, under: int | None = None
) -> LogAck:
    """Acknowledge so many records; the cosignature stands under the checkpoint of that size, or of another."""
    checkpoint = a_checkpoint(size if under is None else under, epoch=epoch)
    line = cosign(checkpoint, signer or site.hub.signer, at=at)[len(checkpoint) :]
    return AHubLog(site).ack(log_epoch=epoch, size=size, cosignature=line.decode())


def take(cosigned: CosignedNote, site: ASite, ack: LogAck, *, wall: float = NOON) -> Place:
    """Take it, with the checkpoint that our log has at the size that is acknowledged."""
    checkpoint = a_checkpoint(ack.size, epoch=ack.log_epoch)
    cosigned.take(ack, checkpoint, AHubLog(site).keys, wall=wall)
    return cosigned.newest


def refusal_of(cosigned: CosignedNote, site: ASite, ack: LogAck) -> str:
    with pytest.raises(Refused) as refused:
        take(cosigned, site, ack)
    return refused.value.refusal


def test_a_cosigned_checkpoint_is_kept_in_the_file(tmp_path: Path, cosigned: CosignedNote, site: ASite) -> None:
    take(cosigned, site, an_ack(site, 5))

    cosigned.tick(0)

    note = (tmp_path / "cosigned.note").read_bytes()
    assert note.startswith(a_checkpoint(5))
    assert open_cosignature(note, site.hub.signer.verifier).at == NOON
    assert opened(tmp_path).newest == Place(7, 5, NOON)


def test_it_goes_forward_by_epoch_then_size_then_time(cosigned: CosignedNote, site: ASite) -> None:
    forward = [(7, 5, NOON), (7, 5, NOON + 60), (7, 6, NOON + 1), (8, 1, NOON)]

    places = [take(cosigned, site, an_ack(site, size, epoch=epoch, at=at)) for epoch, size, at in forward]

    assert places == [Place(*each) for each in forward]


def test_an_old_acknowledgement_played_again_changes_nothing(cosigned: CosignedNote, site: ASite) -> None:
    newest = take(cosigned, site, an_ack(site, 6, at=NOON + 60))

    assert [
        take(cosigned, site, an_ack(site, 5)),
        take(cosigned, site, an_ack(site, 6, at=NOON)),
        take(cosigned, site, an_ack(site, 99, epoch=6)),
    ] == [newest] * 3


def test_a_cosignature_for_another_size_is_refused(cosigned: CosignedNote, site: ASite) -> None:
    assert refusal_of(cosigned, site, an_ack(site, 6, under=5)) == "bad-signature"
    assert cosigned.newest == Place()


def test_a_cosignature_of_the_far_future_is_refused(cosigned: CosignedNote, site: ASite) -> None:
    too_far = NOON + AHEAD_SECONDS + 1

    assert refusal_of(cosigned, site, an_ack(site, 5, at=too_far)) == "cosigned-in-future"
    assert take(cosigned, site, an_ack(site, 5, at=too_far - 1)) == Place(7, 5, too_far - 1)


def test_a_cosignature_by_somebody_else_is_refused(cosigned: CosignedNote, site: ASite) -> None:
    namesake = a_signer(site.hub.signer.name)

    assert refusal_of(cosigned, site, an_ack(site, 5, signer=namesake)) == "not-cosigned"


def test_a_cosignature_that_cannot_be_its_own_is_refused(cosigned: CosignedNote, site: ASite) -> None:
    ack = an_ack(site, 5)
    own_signature = a_checkpoint(5).splitlines(keepends=True)[-1].decode()

    assert refusal_of(cosigned, site, msgspec.structs.replace(ack, cosignature=own_signature)) == "not-cosigned"


@pytest.mark.parametrize("broken", ["{0}{0}", "{0}\n", "\n{0}", "— nobody AAAA\n{0}"])
def test_a_cosignature_that_is_not_one_line_is_refused(cosigned: CosignedNote, site: ASite, broken: str) -> None:
    ack = an_ack(site, 5)
    told = msgspec.structs.replace(ack, cosignature=broken.format(ack.cosignature))

    assert refusal_of(cosigned, site, told) == "bad-cosignature"


def test_the_time_of_an_epoch_is_that_of_its_newest_cosignature(cosigned: CosignedNote, site: ASite) -> None:
    take(cosigned, site, an_ack(site, 5))

    assert (cosigned.at(7), cosigned.at(8)) == (NOON, 0)


def test_the_file_is_written_once_a_minute(tmp_path: Path, cosigned: CosignedNote, site: ASite) -> None:
    sizes = []
    for size, now in enumerate((0.0, WRITE_SECONDS - 1, WRITE_SECONDS), start=1):
        take(cosigned, site, an_ack(site, size))
        cosigned.tick(now)
        sizes.append(opened(tmp_path).newest.size)

    assert sizes == [1, 1, 3]


def test_what_a_full_disk_does_not_take_is_written_later(tmp_path: Path, cosigned: CosignedNote, site: ASite) -> None:
    take(cosigned, site, an_ack(site, 5))
    with full_disk():
        cosigned.tick(0)

    cosigned.tick(WRITE_SECONDS)

    assert opened(tmp_path).newest.size == 5


@pytest.mark.parametrize(
    "content", [b"", b"no note", b"\xff", b"doorctl/hq/pi-4f/7\nmany\nroot\n\n\xe2\x80\x94 x AAAAAAAA\n"]
)
def test_a_file_that_is_no_cosigned_checkpoint_is_as_none(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cosigned.note").write_bytes(content)

    assert opened(tmp_path).newest == Place()
    assert "event=cosigned_unreadable" in capfd.readouterr().err


def test_a_hub_with_new_keys_goes_on(cosigned: CosignedNote, site: ASite) -> None:
    take(cosigned, site, an_ack(site, 5))
    site.hub = replace(site.hub, signer=a_signer(site.hub.signer.name))

    assert take(cosigned, site, an_ack(site, 5, at=NOON + 60)).at == NOON + 60
