"""Feature level 2: a message of every type, a command of every verb, every row, deed and packet of the bell."""

import hashlib
from pathlib import Path

import msgspec

from doorctl.core.model import OnAuditFailure, Status, Weekday, ZoneKind
from doorctl.keys.identity import Identity, admin_key_name, hub_key_name, root_key_name
from doorctl.policy import rows
from doorctl.trust.note import AdminKeys, ControllerKeys, HubKeys, Role, RootChange, Trust
from doorctl.wire import alerts, bell, commands, messages, orders, questions, rights
from doorctl.wire.messages import Message, to_text
from doorctl.wire.notes import Signer, sign_text
from doorctl.wire.roster import Roster, RosterLine, card_mark
from doorctl.wire.site_occupancy import OccupancyNote
from doorctl.wire.verdict import Verdict
from tests.note_samples import (
    GRACE,
    HASH,
    HEAD,
    HUB,
    KEEPER,
    NONCE,
    NOON,
    PUBLIC,
    ROOT,
    SITE,
    a_fixed_identity,
    a_fixed_signer,
)
from tests.note_samples import VERBS as FIRST_VERBS

VECTORS_2 = Path(__file__).parent / "vectors" / "notes-2"
ADA: Identity = a_fixed_identity(admin_key_name("ada"))
NEW_ROOT = Signer(root_key_name(SITE), a_fixed_signer("the root after it").private_key)
CREDENTIAL = b"k" * 32
SNAPSHOT = "fedcba9876543210" * 2
DATA = b"compressed rows"
ALERT = alerts.Alert(
    SITE,
    "3fa1c2d40b6e",
    "first-use",
    "low",
    "open",
    NOON,
    NOON + 1,
    "the first time in server-room",
    "holder:h1",
    "pi-1",
    "door-1",
    "server-room",
    records=1,
    late=True,
)

ROWS: tuple[rows.Row, ...] = (
    rows.SiteRow("hq", "Europe/Paris"),
    rows.ZoneRow("server-room", ZoneKind.SERVER_ROOM, OnAuditFailure.DENY, max_age_seconds=900),
    rows.DoorRow("door-1", "server-room"),
    rows.HolderRow("h1", valid_from=1, valid_until=NOON),
    rows.GroupRow("guards"),
    rows.MemberRow("h1", "guards"),
    rows.CredentialRow(CREDENTIAL, "h1", Status.SUSPENDED),
    rows.ScheduleRow("office", (rows.WindowRow((Weekday.MONDAY,), "08:00", "24:00"),)),
    rows.HolidayRow("2027-12-25"),
    rows.GrantRow("g1", "server-room", holder="h1", schedule="office", valid_until=NOON),
    rows.ZoneRuleRow("server-room", 2, strict=True, break_glass="guards", grace_after_boot_seconds=0),
    rows.RosterRow("server-room", "a signed roster"),
    rows.LockdownRow("*"),
    rows.SuspendedAdminRow("alan"),
    rows.CardRingRow("ring", 2),
)
DEEDS: tuple[orders.Deed, ...] = (
    orders.OpenNow("door-1"),
    orders.HoldOpenUntil("door-1", NOON),
    orders.DenyHolder("h1", 42),
    orders.DenyCard(CREDENTIAL, 42),
)
BELL: tuple[bell.FromKeeper | bell.FromDoor, ...] = (
    bell.Look(),
    bell.Confirmed(12.5, NOON),
    bell.Forked(),
    bell.CarryOut(NONCE, "grace", NOON, orders.OpenNow("door-1"), by_officer=True),
    bell.InForce(1, 42, ("door-1",), "confirmed"),
    bell.NoPolicy(("door-1",)),
    bell.CarriedOut(NONCE, "refused", "lockdown", 7),
)
VERBS_2: tuple[commands.Verb, ...] = (
    *FIRST_VERBS,
    commands.PersonEdit("h1", Status.ACTIVE, valid_until=NOON),
    commands.CardEdit(Status.ACTIVE, valid_from=1),
    questions.SitePage("people", after="h1"),
    questions.Approvals(),
    questions.DigestOf("2027-12-25"),
    questions.CredentialKeys(),
    questions.RosterOf("server-room"),
    rights.ZoneRuleSet("server-room", 2, strict=True, max_age_seconds=900, break_glass="guards"),
    rights.AdminSuspend("alan"),
    rights.AdminRestore("alan"),
    rights.RosterSet("server-room"),
    rights.Approve(NONCE),
    rights.Refuse(NONCE),
    rights.CardKeysRotate(),
    rights.Lockdown("server-room"),
    rights.LockdownEnd(),
    rights.OpenDoor("door-1"),
    rights.HoldOpen("door-1", NOON),
    rights.PlanPart(NONCE, 0),
    rights.PlanApply(NONCE, 2, HASH, 1, 42, HASH),
)

ROOT_CHANGE = RootChange(site=SITE, number=1, roots=(NEW_ROOT.verifier.public_key,))
CHANGE_2 = messages.Change(
    revision=43,
    at=NOON,
    operations=(messages.Put(ROWS[10]), messages.Drop(ROWS[12])),
    needs=2,
    command="a signed command",
    zones=("server-room",),
)
OFFER = messages.Offer(SNAPSHOT, 3, 2, 42, HASH, HASH, needs=2)
COMMAND = commands.Command(SITE, NONCE, "grace", NOON, rights.OpenDoor("door-1"))

MESSAGES_2: tuple[tuple[Message, tuple[Signer, ...]], ...] = (
    (ROOT_CHANGE, (ROOT.signer, NEW_ROOT)),
    (
        Trust(
            SITE,
            7,
            (NEW_ROOT.verifier.public_key, ROOT.sign_public),
            HubKeys(hub_key_name(SITE), HUB.sign_public, HUB.box_public),
            (
                AdminKeys("grace", GRACE.sign_public, GRACE.box_public, (Role.OFFICER, Role.AUDITOR)),
                AdminKeys("ada", ADA.sign_public, ADA.box_public, zones=("floor-3",)),
            ),
            (ControllerKeys("pi-1", KEEPER.sign_public, PUBLIC, KEEPER.box_public, tls=PUBLIC),),
            root_changes=(sign_text(to_text(ROOT_CHANGE), ROOT.signer, NEW_ROOT).decode(),),
            epoch=2,
            supersedes=1,
            expires=NOON,
            needs=2,
        ),
        (NEW_ROOT,),
    ),
    (HEAD, (HUB.signer,)),
    (messages.Delta(SITE, 1, 43, 43, HASH, (msgspec.Raw(msgspec.json.encode(CHANGE_2)),)), (HUB.signer,)),
    (
        messages.Ask(SITE, "pi-1", NONCE, 1, 41, True, 2, 7, snapshot=SNAPSHOT, chunk=1, chunks=8),
        (KEEPER.signer,),
    ),
    (messages.Answer(SITE, "pi-1", NONCE, HEAD, sealed=HASH, offer=OFFER), (HUB.signer,)),
    (
        OccupancyNote(
            SITE, NONCE, 42, 90_000, ring=2, sha256=hashlib.sha256(DATA).hexdigest(), nonce=NONCE, part=1, parts=3
        ),
        (HUB.signer,),
    ),
    (messages.Chunk(SITE, SNAPSHOT, 2, hashlib.sha256(DATA).hexdigest()), (HUB.signer,)),
    (
        messages.Ack(
            SITE,
            "pi-1",
            1,
            42,
            HASH,
            HASH,
            2,
            42,
            ("door-1",),
            withheld=1,
            fresh_seconds=59,
            clock="confirmed",
            trust=7,
        ),
        (KEEPER.signer,),
    ),
    (messages.Recall(SITE, 1, 41), (HUB.signer,)),
    (messages.LogBatch(SITE, "pi-1", 1, 7, ('{"v":1}',), "a signed checkpoint"), (KEEPER.signer,)),
    (messages.LogAck(SITE, "pi-1", 1, 8, HASH), (HUB.signer,)),
    (ALERT, (HUB.signer,)),
    (
        orders.Order(
            SITE, "pi-1", NONCE, "grace", NOON, DEEDS[0], sign_text(to_text(COMMAND), GRACE.signer).decode()
        ),
        (HUB.signer,),
    ),
    (orders.Carried(SITE, "pi-1", NONCE, "refused", "lockdown", 7), (KEEPER.signer,)),
    (
        Roster(
            SITE,
            "server-room",
            3,
            NOON,
            2,
            (RosterLine("h1", card_mark(CREDENTIAL)), RosterLine("h2", card_mark(CREDENTIAL), "office", NOON)),
        ),
        (GRACE.signer, ADA.signer),
    ),
    (COMMAND, (GRACE.signer,)),
    (
        messages.Response(
            SITE,
            "grace",
            NONCE,
            Verdict.PARTIAL,
            text="in force at 1 of 2 controllers",
            revision=42,
            in_force=1,
            controllers=2,
            missing=(messages.Missing("pi-2", heard_at=1, denies_at=NOON),),
        ),
        (HUB.signer,),
    ),
)
