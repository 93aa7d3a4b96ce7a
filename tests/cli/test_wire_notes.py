"""Every note on the wire is told by its kind, its signer and its verdict; nothing sealed is ever shown."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from doorctl.cli.trial.wire_notes import MESSAGES, Tracer, TraceVerdict
from doorctl.trust.note import AdminKeys, ControllerKeys, HubKeys, Trust
from doorctl.trust.verify import sign_trust
from doorctl.wire.commands import Command, GrantAdd
from doorctl.wire.messages import Ack, Ask, Chunk, Delta, Head, LogBatch, Message, Response, bound_to, to_text
from doorctl.wire.notes import Signer, attach, attach_data, sign_text
from doorctl.wire.orders import OpenNow, Order
from doorctl.wire.topics import Address, Channel, topic
from doorctl.wire.verdict import Verdict
from tests.note_samples import GRACE, HASH, HUB, KEEPER, NONCE, NOON, ROOT, SITE, a_fixed_signer

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
AT = datetime.fromtimestamp(NOON, UTC)
TRUST = Trust(
    SITE,
    3,
    (ROOT.sign_public,),
    HubKeys(HUB.signer.name, HUB.sign_public, HUB.box_public),
    (AdminKeys("grace", GRACE.sign_public, GRACE.box_public),),
    (ControllerKeys("pi-1", KEEPER.sign_public, KEEPER.sign_public, KEEPER.box_public),),
)
HEAD = Head(SITE, 1, 42, HASH, HASH, NOON)
ACK = Ack(SITE, "pi-1", 1, 42, HASH, HASH, in_force=41)
ORDER = Order(SITE, "pi-1", NONCE, "grace", NOON + 10, OpenNow("floor-3"))
COMMAND = Command(SITE, NONCE, "grace", NOON + 60, GrantAdd("g1", "floor-3", holder="h1"))
SECRET = b"Ada Lovelace, H10301:123:4567"


def a_tracer() -> Tracer:
    return Tracer(SITE, sign_trust(TRUST, ROOT.signer), (ROOT.sign_public,))


def at_topic(channel: Channel, name: str = "", number: int = 0) -> str:
    return topic(SITE, Address(channel, name, number))


def signed(message: Message, by: Signer = HUB.signer) -> bytes:
    return sign_text(to_text(message), by)


@pytest.mark.parametrize(
    ("where", "note", "told"),
    [
        (at_topic(Channel.TRUST), sign_trust(TRUST, ROOT.signer).note, "trust ok by=root version=3"),
        (at_topic(Channel.HEAD), signed(HEAD), "head ok by=hub.hq epoch=1 revision=42"),
        (
            at_topic(Channel.DELTA),
            signed(Delta(SITE, 1, 41, 42, HASH, ())),
            "delta ok by=hub.hq epoch=1 first=41 last=42",
        ),
        (
            at_topic(Channel.ASK, "pi-1"),
            signed(Ask(SITE, "pi-1", NONCE, 1, 41), KEEPER.signer),
            "ask ok by=ack.pi-1 epoch=1 revision=41",
        ),
        (
            at_topic(Channel.ACK, "pi-1"),
            signed(ACK, KEEPER.signer),
            "ack ok by=ack.pi-1 epoch=1 revision=42 in_force=41",
        ),
        (
            at_topic(Channel.LOG, "pi-1"),
            signed(LogBatch(SITE, "pi-1", 1, 7, ('{"v":1}',), "a checkpoint"), KEEPER.signer),
            "log ok by=ack.pi-1 log_epoch=1 first=7 records=1",
        ),
        (at_topic(Channel.ORDER, "pi-1"), signed(ORDER), f"order ok by=hub.hq id={NONCE} admin=grace"),
        (at_topic(Channel.COMMAND, "grace"), signed(COMMAND, GRACE.signer), f"command ok by=admin.grace id={NONCE}"),
    ],
)
def test_a_good_note_is_told_with_its_signer_and_position(where: str, note: bytes, told: str) -> None:
    assert told in a_tracer().read(where, note, retained=False, at=AT).line()


def verdict_of(where: str, payload: bytes, *, tracer: Tracer | None = None, at: datetime = AT) -> str:
    return (tracer or a_tracer()).read(where, payload, retained=False, at=at).verdict


def test_a_note_that_was_changed_is_told() -> None:
    changed = signed(HEAD).replace(b'"revision":42', b'"revision":43')

    assert verdict_of(at_topic(Channel.HEAD), changed) == "bad-signature"


@pytest.mark.parametrize(
    ("where", "note"),
    [
        (at_topic(Channel.HEAD), signed(HEAD, Signer(HUB.signer.name, a_fixed_signer("thief").private_key))),
        (at_topic(Channel.HEAD), signed(HEAD, KEEPER.signer)),
        (at_topic(Channel.ACK, "pi-2"), signed(ACK, KEEPER.signer)),
        (at_topic(Channel.COMMAND, "grace"), signed(COMMAND)),
        (at_topic(Channel.COMMAND, "ada"), signed(COMMAND, GRACE.signer)),
    ],
)
def test_a_note_by_whom_trust_does_not_name_for_it_is_told(where: str, note: bytes) -> None:
    assert verdict_of(where, note) == "unknown-signer"


@pytest.mark.parametrize("payload", [b"", b"rubbish", b"\xff\xfe", b"\n\n", signed(ACK)])
def test_what_is_no_note_of_its_topic_is_malformed(payload: bytes) -> None:
    assert verdict_of(at_topic(Channel.HEAD), payload) == "malformed"


def test_a_topic_that_is_none_is_malformed() -> None:
    assert verdict_of("doorctl/v1/hq/nonsense", signed(HEAD)) == "malformed"


def test_what_a_newer_one_has_overtaken_is_old() -> None:
    tracer, older = a_tracer(), msgspec.structs.replace(HEAD, revision=41)

    verdicts = [
        verdict_of(at_topic(Channel.HEAD), signed(head), tracer=tracer) for head in (older, HEAD, older, HEAD)
    ]

    assert verdicts == ["ok", "ok", "old", "ok"]


def test_what_another_controller_has_does_not_make_an_ack_old() -> None:
    tracer = a_tracer()
    tracer.read(at_topic(Channel.HEAD), signed(msgspec.structs.replace(HEAD, revision=99)), retained=False, at=AT)

    assert verdict_of(at_topic(Channel.ACK, "pi-1"), signed(ACK, KEEPER.signer), tracer=tracer) == "ok"


@pytest.mark.parametrize(
    ("where", "note"),
    [
        (at_topic(Channel.ORDER, "pi-1"), signed(ORDER)),
        (at_topic(Channel.COMMAND, "grace"), signed(COMMAND, GRACE.signer)),
        (at_topic(Channel.TRUST), sign_trust(msgspec.structs.replace(TRUST, version=2), ROOT.signer).note),
    ],
)
def test_what_is_over_is_old(where: str, note: bytes) -> None:
    assert verdict_of(where, note, at=datetime.fromtimestamp(NOON + 61, UTC)) == "old"


def test_newer_trust_is_taken_as_it_comes() -> None:
    tracer = a_tracer()
    newer = msgspec.structs.replace(TRUST, version=4, admins=())
    tracer.read(at_topic(Channel.TRUST), sign_trust(newer, ROOT.signer).note, retained=True, at=AT)

    assert (
        verdict_of(at_topic(Channel.COMMAND, "grace"), signed(COMMAND, GRACE.signer), tracer=tracer)
        == "unknown-signer"
    )


def test_what_is_sealed_is_told_by_its_size_alone() -> None:
    response = bound_to(Response(SITE, "grace", NONCE, Verdict.DONE, text="for Ada alone"), SECRET)
    traced = a_tracer().read(
        at_topic(Channel.RESPONSE, "grace"), attach(signed(response), SECRET), retained=False, at=AT
    )

    shown = traced.line() + str(traced.as_object())
    assert (traced.verdict, traced.sealed) == ("ok", len(SECRET))
    assert "Ada" not in shown
    assert "SGFkYQ" not in shown


def test_a_sealed_part_that_was_swapped_is_malformed() -> None:
    response = bound_to(Response(SITE, "grace", NONCE, Verdict.DONE), SECRET)

    assert verdict_of(at_topic(Channel.RESPONSE, "grace"), attach(signed(response), b"another")) == "malformed"


@pytest.mark.parametrize(("data", "verdict"), [(b"data", "ok"), (b"other", "malformed")])
def test_a_chunk_goes_by_the_data_beside_it(data: bytes, verdict: str) -> None:
    chunk = Chunk(SITE, NONCE, 7, "3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7")

    assert verdict_of(at_topic(Channel.SNAPSHOT, NONCE, 7), attach_data(signed(chunk), data)) == verdict


@pytest.mark.parametrize(
    ("payload", "verdict"), [(b'{"link":"online","session":"5e"}', "unsigned"), (b"rubbish", "malformed")]
)
def test_the_state_of_a_link_is_unsigned(payload: bytes, verdict: str) -> None:
    assert verdict_of(at_topic(Channel.STATE, "pi-1"), payload) == verdict


def test_nothing_on_the_wire_moves_the_cursor_of_a_terminal() -> None:
    traced = a_tracer().read("doorctl/v1/hq/\x1b[2J\n", b"", retained=False, at=AT)

    assert traced.line().isprintable()
    assert "\\x1b" in traced.line()


def test_every_channel_has_its_message() -> None:
    assert set(MESSAGES) | {Channel.STATE} == set(Channel)


def test_every_verdict_is_documented() -> None:
    told = OPERATIONS.read_text().partition("**Watching the wire**")[2].partition("\n\n")[0]

    assert [verdict for verdict in TraceVerdict if f"`{verdict}`" not in told] == []
