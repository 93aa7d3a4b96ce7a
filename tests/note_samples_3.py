"""Feature level 3: the row that is new, and the verbs, the deeds and the packets of the bell that came with it."""

from pathlib import Path

from doorctl.audit.checkpoint import HUB_LOG, Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.hub_word import signature_in
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.record_classes import RecordClass
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName, Severity
from doorctl.policy import rows
from doorctl.wire import alerts, bell, commands, orders, privacy, questions, report_words, rights
from tests.note_samples import HASH, HUB, NONCE, SITE

VECTORS_3 = Path(__file__).parent / "vectors" / "notes-3"
ROWS_3: tuple[rows.Row, ...] = (rows.ErasureRow("h1"),)
HUB_SIGNED = signature_in(
    sign_checkpoint(Checkpoint(origin_of(SITE, HUB_LOG, 1), 5000, bytes.fromhex(HASH)), HUB.signer).decode()
)
DEEDS_3: tuple[orders.Deed, ...] = (orders.DenyAdmin("alan", 42), orders.LockDown("server-room", 42))
BELL_3: tuple[bell.FromKeeper | bell.FromDoor, ...] = (
    bell.HubHolds(7, 42, HASH),
    bell.HubLog(1, 5000, HASH),
    bell.HubForked("epoch 1, 5000 records: another history"),
    bell.LinkIs(up=True),
    bell.HubSigned(1, 5000, HASH, HUB_SIGNED),
)
VERBS_3: tuple[commands.Verb, ...] = (
    rights.ExportBegin(NONCE, "csv"),
    rights.ExportBegin(
        NONCE,
        "doorlog",
        names=True,
        since=1,
        until=1_800_014_400,
        zone="floor-3",
        door="door-1",
        holder="h1",
        outcome=Outcome.DENIED,
        reason=Reason.NO_GRANT,
        kind=RecordKind.DECISION,
    ),
    privacy.PersonErase("h1"),
    privacy.ErasureOf("h1"),
    privacy.RetentionSet("server-room", RecordClass.DECISIONS, openings_days=365, leaf_days=730),
    privacy.RetentionOf(),
    privacy.PersonHeld("h1"),
    privacy.PersonHeld("h1", acts_after=7),
    report_words.TalliesOf((report_words.Tally.DENIED,)),
    report_words.TalliesOf(
        tuple(report_words.Tally), 7, since=1, until=1_800_014_400, zone="floor-3", door="door-1", schedule="office"
    ),
    report_words.SettingSet(report_words.SiteSetting.DAYS_REPORT, allowed=True),
    report_words.ReviewStart(NONCE, ("floor-3", "server-room")),
    report_words.ReviewMark(NONCE, "floor-3", report_words.ReviewOutcome.CONFIRMED, holder="h1"),
    report_words.ReviewMark(NONCE, "floor-3", report_words.ReviewOutcome.REVOKED, group="staff"),
    report_words.ReviewFinish(NONCE),
    report_words.ReviewsOf(),
    report_words.ReviewsOf("0123", 7),
    alerts.AlertAcknowledge("3fa1c2d40b6e"),
    alerts.AlertRuleSet(RuleName.DENIALS_AT_DOOR, count=10, usual=True),
    alerts.AlertRuleSet(
        RuleName.OUT_OF_HOURS,
        enabled=False,
        severity=Severity.CRITICAL,
        count=1,
        seconds=60,
        quiet_seconds=0,
        schedule="office",
    ),
    alerts.AlertDistanceSet(alerts.Place.ZONE, "floor-3", "server-room", 90),
    alerts.AlertTest(),
    alerts.AlertsOf(),
    alerts.AlertsOf(7, everything=True, alert="3fa1"),
    alerts.AlertRules(),
    questions.Records(holder="h1", names=True),
    privacy.RetentionRemove("*"),
    privacy.RetentionRemove("server-room", RecordClass.DECISIONS),
    alerts.AlertAcknowledge("3fa1c2d40b6e", relearn=True),
    privacy.PersonHeld("h1", alerts_before=7),
    privacy.PersonHeld("h1", reviews_after=7),
)
