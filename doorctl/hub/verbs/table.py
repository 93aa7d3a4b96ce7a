"""The table of verbs: what changes the policy, and what only asks."""

from collections.abc import Callable
from dataclasses import replace

import msgspec

from doorctl.hub.rights.roles import check_allowed
from doorctl.hub.two_admins.awaiting import zones_awaiting
from doorctl.hub.verbs.asked import Asked, Intent
from doorctl.hub.verbs.cards.card_limits import card_limit
from doorctl.hub.verbs.cards.cards import card_add, card_class_set, card_edit, card_remove, card_replace, card_set
from doorctl.hub.verbs.cards.enrolments import card_enrol
from doorctl.hub.verbs.cards.rings import card_keys_rotate
from doorctl.hub.verbs.evidence.alerts import (
    alert_acknowledge,
    alert_distance_set,
    alert_rule_set,
    alert_rules,
    alert_test,
    alerts_of,
)
from doorctl.hub.verbs.evidence.digests import digest
from doorctl.hub.verbs.evidence.exports import export_begin
from doorctl.hub.verbs.evidence.records import records
from doorctl.hub.verbs.evidence.reports import setting_set, tallies_of
from doorctl.hub.verbs.evidence.retention import retention_of, retention_remove, retention_set
from doorctl.hub.verbs.evidence.reviews import review_finish, review_mark, review_start, reviews_of
from doorctl.hub.verbs.lists import list_rows, lookup
from doorctl.hub.verbs.people.badges import visitor_in, visitor_out
from doorctl.hub.verbs.people.delegates import delegate_end, delegate_set
from doorctl.hub.verbs.people.erasures import erasure_of, person_erase
from doorctl.hub.verbs.people.groups import group_add, group_join, group_leave, group_remove
from doorctl.hub.verbs.people.held import person_held
from doorctl.hub.verbs.people.holder_times import person_access
from doorctl.hub.verbs.people.hosts import host_end, host_set
from doorctl.hub.verbs.people.people import person_add, person_edit, person_remove, person_set
from doorctl.hub.verbs.people.pin_codes import pin_code_set
from doorctl.hub.verbs.people.pins import pin_remove, pin_set
from doorctl.hub.verbs.people.trainings import training_set, zone_training_set
from doorctl.hub.verbs.people.visits import sponsor_remove, sponsor_set, visitor_end, visitor_set, zone_escort_set
from doorctl.hub.verbs.places.calendars import holiday_add, holiday_remove, schedule_remove, schedule_set
from doorctl.hub.verbs.places.door_modes import door_mode_set, door_override_end, door_override_set
from doorctl.hub.verbs.places.occupancies import occupancy_of
from doorctl.hub.verbs.places.places import door_remove, door_set, zone_remove, zone_set
from doorctl.hub.verbs.places.threats import clearance_set, threat_set, zone_threat_set
from doorctl.hub.verbs.places.zone_classes import zone_classes_set
from doorctl.hub.verbs.places.zone_factors import zone_factor_set
from doorctl.hub.verbs.places.zone_occupancies import passback_reset, zone_occupancy_set
from doorctl.hub.verbs.places.zone_rules import zone_rule_set
from doorctl.hub.verbs.rights.admins import admin_restore, admin_suspend
from doorctl.hub.verbs.rights.approvals import approvals, approve, refuse
from doorctl.hub.verbs.rights.grants import grant_add, revoke
from doorctl.hub.verbs.rights.lockdown import hold_open, lockdown, lockdown_end, open_door
from doorctl.hub.verbs.rights.plans import plan_apply, plan_part
from doorctl.hub.verbs.rights.rosters import roster_of, roster_set
from doorctl.hub.verbs.rights.who import who
from doorctl.hub.verbs.rights.why import why
from doorctl.hub.verbs.site_pages import credential_keys, site_page
from doorctl.hub.verbs.status import status
from doorctl.wire import (
    alerts,
    classes,
    commands,
    door_words,
    occupancy_words,
    privacy,
    questions,
    report_words,
    rights,
    threats,
    training_words,
    visits,
    who_words,
)

CHANGES: dict[type[object], Callable[..., Intent]] = {
    commands.PersonAdd: person_add,
    commands.PersonSet: person_set,
    commands.PersonEdit: person_edit,
    commands.PersonRemove: person_remove,
    privacy.PersonErase: person_erase,
    privacy.RetentionSet: retention_set,
    privacy.RetentionRemove: retention_remove,
    commands.CardAdd: card_add,
    commands.CardLimit: card_limit,
    commands.CardSet: card_set,
    commands.CardEdit: card_edit,
    commands.CardReplace: card_replace,
    commands.CardRemove: card_remove,
    commands.PersonAccess: person_access,
    commands.PinSet: pin_set,
    commands.PinRemove: pin_remove,
    commands.PinCodeSet: pin_code_set,
    commands.ZoneSet: zone_set,
    commands.ZoneRemove: zone_remove,
    commands.DoorSet: door_set,
    commands.DoorRemove: door_remove,
    commands.ScheduleSet: schedule_set,
    commands.ScheduleRemove: schedule_remove,
    commands.HolidayAdd: holiday_add,
    commands.HolidayRemove: holiday_remove,
    commands.GroupAdd: group_add,
    commands.GroupRemove: group_remove,
    commands.GroupJoin: group_join,
    commands.GroupLeave: group_leave,
    commands.GrantAdd: grant_add,
    commands.Revoke: revoke,
    rights.ZoneRuleSet: zone_rule_set,
    rights.ZoneFactorSet: zone_factor_set,
    door_words.DoorModeSet: door_mode_set,
    door_words.DoorOverrideSet: door_override_set,
    door_words.DoorOverrideEnd: door_override_end,
    occupancy_words.ZoneOccupancySet: zone_occupancy_set,
    training_words.ZoneTrainingSet: zone_training_set,
    training_words.TrainingSet: training_set,
    occupancy_words.PassbackReset: passback_reset,
    visits.ZoneEscortSet: zone_escort_set,
    visits.VisitorSet: visitor_set,
    visits.VisitorEnd: visitor_end,
    visits.VisitorIn: visitor_in,
    visits.VisitorOut: visitor_out,
    visits.SponsorSet: sponsor_set,
    visits.SponsorRemove: sponsor_remove,
    visits.HostSet: host_set,
    visits.HostEnd: host_end,
    visits.DelegateSet: delegate_set,
    visits.DelegateEnd: delegate_end,
    classes.ZoneClassesSet: zone_classes_set,
    classes.CardClassSet: card_class_set,
    threats.ThreatSet: threat_set,
    threats.ZoneThreatSet: zone_threat_set,
    threats.ClearanceSet: clearance_set,
    rights.RosterSet: roster_set,
    rights.AdminSuspend: admin_suspend,
    rights.AdminRestore: admin_restore,
    rights.CardKeysRotate: card_keys_rotate,
    rights.Approve: lambda do, asked: approve(do, asked, intent_of),
    rights.Refuse: refuse,
    rights.Lockdown: lockdown,
    rights.LockdownEnd: lockdown_end,
    rights.CardEnrol: card_enrol,
    rights.OpenDoor: open_door,
    rights.HoldOpen: hold_open,
    rights.PlanPart: plan_part,
    rights.PlanApply: lambda do, asked: plan_apply(do, asked, intent_of),
    rights.ExportBegin: export_begin,
    alerts.AlertAcknowledge: alert_acknowledge,
    alerts.AlertRuleSet: alert_rule_set,
    alerts.AlertDistanceSet: alert_distance_set,
    alerts.AlertTest: alert_test,
    report_words.SettingSet: setting_set,
    report_words.ReviewStart: review_start,
    report_words.ReviewMark: review_mark,
    report_words.ReviewFinish: review_finish,
}
QUESTIONS: dict[type[object], Callable[..., msgspec.Struct]] = {
    questions.Lookup: lookup,
    questions.ListRows: list_rows,
    questions.StatusOf: status,
    who_words.Who: who,
    questions.Why: why,
    questions.Records: records,
    questions.Approvals: approvals,
    questions.DigestOf: digest,
    questions.RosterOf: roster_of,
    questions.SitePage: site_page,
    occupancy_words.OccupancyOf: occupancy_of,
    questions.CredentialKeys: credential_keys,
    alerts.AlertsOf: alerts_of,
    alerts.AlertRules: alert_rules,
    report_words.TalliesOf: tallies_of,
    report_words.ReviewsOf: reviews_of,
    privacy.ErasureOf: erasure_of,
    privacy.RetentionOf: retention_of,
    privacy.PersonHeld: person_held,
}


def intent_of(do: commands.Verb, asked: Asked) -> Intent:
    """Check who asks, and work out what a command will do; nothing is written yet. Raises Refused."""
    check_allowed(asked.admin, do, asked.connection)
    wanted = CHANGES[type(do)](do, asked)
    awaits = zones_awaiting(do, asked.connection) if wanted.operations else frozenset()
    return replace(wanted, awaits=wanted.awaits | awaits)


def answer(do: commands.Verb, asked: Asked) -> msgspec.Struct:
    """Check who asks, and answer a question. Raises Refused."""
    check_allowed(asked.admin, do, asked.connection)
    return QUESTIONS[type(do)](do, asked)
