"""What a keeper believes, and what it refuses by which name."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from doorctl.wire.bell import Look
from doorctl.wire.messages import Ask, Delta, LogAck
from doorctl.wire.notes import sign_text
from doorctl.wire.topics import Channel
from tests.keeper.site import CONTROLLER, SITE, AController, ASite, a_signer, asks


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


def test_two_trusts_of_one_version_are_a_fork_and_an_alarm(
    controller: AController, site: ASite, capfd: pytest.CaptureFixture[str]
) -> None:
    controller.keeper.handle(Channel.TRUST, site.trust([controller.state_dir]).note, 0)

    assert controller.tally == {"trust-fork": 1}
    assert "<2>event=refused reason=trust-fork" in capfd.readouterr().err


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

    assert controller.door.told[-1] == Look()


def test_a_ruined_trust_file_is_replaced_by_the_next_trust(controller: AController, site: ASite) -> None:
    (controller.state_dir / "trust.note").write_bytes(b"\x00" * 100)

    again = controller.restart()
    again.keeper.handle(Channel.TRUST, site.trust().note, 0)
    again.keeper.handle(Channel.DELTA, site.delta(1), 0)

    assert again.position.revision == 1
    again.close()
