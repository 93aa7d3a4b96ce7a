"""The rules of suspicion about inputs: tamper contacts, faults of lines, power; strikes at bridges; OSDP's channels.

An alert says our own words alone, whatever the controller has written into its record.
"""

from collections.abc import Mapping

from doorctl.core.machines.inputs import trouble_told
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import Recall, Rule, RuleBook, RuleName, Seen, Suspicion, about

CHANNEL_LOST, PUT_IN = "secure channel lost", "unprotected "
"""What records say of an OSDP reader whose channel is gone, and how they begin about replies of somebody else."""


def _of_kinds(rule: RuleName, *kinds: RecordKind) -> Rule:
    """Make the rule that looks for a trouble of inputs, or of strikes, by the kinds of its records."""

    def look(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
        what, trouble = (trouble_told(seen.kind, seen.detail) if seen.kind in kinds else None) or ("", "")
        if not trouble:
            return None
        return about(rule, seen, f"{seen.controller}|{seen.door}|{what}|{trouble}", f"{what}: {trouble}", book)

    return look


def reader_channel(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for an OSDP reader without its secure channel, and for replies in its line that have no part in one."""
    if seen.kind == RecordKind.READER_OFFLINE and seen.detail == CHANNEL_LOST:
        what = CHANNEL_LOST
    elif seen.kind == RecordKind.READ_FAULT and seen.detail.startswith(PUT_IN):
        what = "a reply without protection, which was not taken"
    else:
        return None
    detail = f"reader {seen.reader}: {what}"
    return about(RuleName.READER_CHANNEL, seen, f"{seen.controller}|{seen.reader}|{what}", detail, book)


INPUT_RULES: Mapping[RuleName, Rule] = {
    RuleName.TAMPER: _of_kinds(RuleName.TAMPER, RecordKind.TAMPER),
    RuleName.INPUT_FAULT: _of_kinds(RuleName.INPUT_FAULT, RecordKind.INPUT_FAULT, RecordKind.BOARD_FAULT),
    RuleName.READER_CHANNEL: reader_channel,
    RuleName.POWER_FAULT: _of_kinds(RuleName.POWER_FAULT, RecordKind.POWER),
}
