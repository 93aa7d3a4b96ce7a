"""Feature level 1: a message of each type and a command of each verb, with fixed keys, as its frozen samples say."""

from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorctl.core.model import HolidayRule, OnAuditFailure, Status, Weekday, ZoneKind
from doorctl.core.reasons import Outcome
from doorctl.keys.identity import Identity, ack_key_name, admin_key_name, hub_key_name, root_key_name
from doorctl.policy.rows import DoorRow, WindowRow, ZoneRow
from doorctl.trust.note import AdminKeys, ControllerKeys, HubKeys, Trust
from doorctl.wire import commands, questions
from doorctl.wire.messages import (
    Ack,
    Answer,
    Ask,
    Change,
    Delta,
    Drop,
    Head,
    LogAck,
    LogBatch,
    Message,
    Put,
    Response,
)
from doorctl.wire.notes import Signer
from doorctl.wire.verdict import Verdict

VECTORS = Path(__file__).parent / "vectors" / "notes"
SITE = "hq"
NOON = 1_800_014_400
NONCE = "0123456789abcdef" * 2
HASH = "5e" * 32


def a_fixed_signer(name: str) -> Signer:
    """Return the same key each time: its private bytes are the name."""
    return Signer(name, Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b".")))


def a_fixed_identity(name: str) -> Identity:
    """Return the same two keys each time."""
    return Identity(a_fixed_signer(name), X25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"+")))


ROOT = a_fixed_identity(root_key_name(SITE))
HUB = a_fixed_identity(hub_key_name(SITE))
GRACE = a_fixed_identity(admin_key_name("grace"))
KEEPER = a_fixed_identity(ack_key_name("pi-1"))
PUBLIC = HUB.sign_public

HEAD = Head(SITE, 1, 42, HASH, HASH, NOON)
CHANGE = Change(
    revision=42,
    at=NOON,
    operations=(Put(ZoneRow(id="floor-3", kind=ZoneKind.FLOOR)), Drop(DoorRow(id="door-1", zone="floor-2"))),
    command="a signed command",
)
FIRST_BYTES = (
    b'{"revision":42,"at":1800014400,"operations":[{"do":"put","row":{"type":"zone","id":"floor-3","kind":'
    b'"floor","on_audit_failure":"deny","max_age_seconds":null}},{"do":"drop","row":{"type":"door","id":"d'
    b'oor-1","zone":"floor-2"}}],"needs":1,"command":"a signed command"}'
)
"""The bytes of that change as the first level has written them."""
VERBS: tuple[commands.Verb, ...] = (
    commands.PersonAdd("h1", valid_until=NOON),
    commands.PersonSet("h1", Status.SUSPENDED),
    commands.PersonRemove("h1"),
    commands.CardAdd("h1", valid_from=NOON),
    commands.CardSet(Status.LOST),
    commands.CardRemove(),
    commands.ZoneSet("floor-3", ZoneKind.FLOOR, OnAuditFailure.RELEASE),
    commands.ZoneRemove("floor-3"),
    commands.DoorSet("door-1", "floor-3"),
    commands.DoorRemove("door-1"),
    commands.ScheduleSet("office", (WindowRow((Weekday.MONDAY,), "08:00", "24:00"),), HolidayRule.IGNORE),
    commands.ScheduleRemove("office"),
    commands.HolidayAdd("2027-12-25"),
    commands.HolidayRemove("2027-12-25"),
    commands.GroupAdd("staff"),
    commands.GroupRemove("staff"),
    commands.GroupJoin("staff", "h1"),
    commands.GroupLeave("staff", "h1"),
    commands.GrantAdd("g1", "floor-3", holder="h1", schedule="office", valid_from=1, valid_until=NOON),
    commands.Revoke("floor-3", group="staff"),
    questions.Lookup(),
    questions.ListRows("people", after="h1"),
    questions.StatusOf(),
    questions.Why("door-1", at=NOON),
    questions.Records(after=7, limit=20, since=1, until=NOON, zone="floor-3", holder="h1", outcome=Outcome.DENIED),
)
MESSAGES: tuple[tuple[Message, Signer], ...] = (
    (
        Trust(
            SITE,
            3,
            (ROOT.sign_public,),
            HubKeys(hub_key_name(SITE), HUB.sign_public, HUB.box_public),
            (AdminKeys("grace", GRACE.sign_public, GRACE.box_public),),
            (ControllerKeys("pi-1", KEEPER.sign_public, PUBLIC, KEEPER.box_public),),
        ),
        ROOT.signer,
    ),
    (HEAD, HUB.signer),
    (Delta(SITE, 1, 42, 42, HASH, (msgspec.Raw(FIRST_BYTES),)), HUB.signer),
    (Ask(SITE, "pi-1", NONCE, 1, 41, wants_card_keys=True), KEEPER.signer),
    (Answer(SITE, "pi-1", NONCE, HEAD, sealed=HASH), HUB.signer),
    (Ack(SITE, "pi-1", 1, 42, HASH, HASH), KEEPER.signer),
    (LogBatch(SITE, "pi-1", 1, 7, ('{"v":1}',), "a signed checkpoint"), KEEPER.signer),
    (LogAck(SITE, "pi-1", 1, 8, HASH), HUB.signer),
    (
        commands.Command(SITE, NONCE, "grace", NOON, commands.GrantAdd("g1", "floor-3", holder="h1"), private=HASH),
        GRACE.signer,
    ),
    (Response(SITE, "grace", NONCE, Verdict.ACCEPTED, text="granted floor-3", revision=42), HUB.signer),
)
