"""The rules of suspicion about inputs: tamper contacts, faults of lines, power; strikes at bridges; OSDP readers.

An alert says our own words alone, whatever the controller has written into its record.
"""

from collections.abc import Mapping

from doorctl.core.machines.inputs import trouble_told
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import Recall, Rule, RuleBook, RuleName, Seen, Suspicion, about

CHANNEL_LOST, NO_CHANNEL = "secure channel lost", "answers, but has no secure channel with our key"
"""How records begin about an OSDP reader whose channel is gone, and about one that cannot have one."""
PUT_IN = "unprotected "
"""How they begin about replies of somebody else."""


def _of_kinds(rule: RuleName, *kinds: RecordKind) -> Rule:
    """Make the rule that looks for a trouble of inputs, or of strikes, by the kinds of its records."""

    def look(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
        told = trouble_told(seen.kind, seen.detail, seen.reader) if seen.kind in kinds else None
        what, trouble = told or ("", "")
        if not trouble:
            return None
        return about(rule, seen, f"{seen.controller}|{seen.door}|{what}|{trouble}", f"{what}: {trouble}", book)

    return look


def reader_channel(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for an OSDP reader without its secure channel, and for replies in its line that have no part in one."""
    told = ((seen.kind == kind and seen.detail.startswith(begins), what) for kind, begins, what in _OF_CHANNELS)
    what = next((what for is_it, what in told if is_it), None)
    if what is None:
        return None
    detail = f"reader {seen.reader}: {what}"
    return about(RuleName.READER_CHANNEL, seen, f"{seen.controller}|{seen.reader}|{what}", detail, book)


_OF_CHANNELS = (
    (RecordKind.READER_OFFLINE, CHANNEL_LOST, CHANNEL_LOST),
    (RecordKind.READER_OFFLINE, NO_CHANNEL, "it answers, and has no secure channel by its key"),
    (RecordKind.READ_FAULT, PUT_IN, "a reply without protection, which was not taken"),
)
INPUT_RULES: Mapping[RuleName, Rule] = {
    RuleName.TAMPER: _of_kinds(RuleName.TAMPER, RecordKind.TAMPER),
    RuleName.INPUT_FAULT: _of_kinds(RuleName.INPUT_FAULT, RecordKind.INPUT_FAULT, RecordKind.BOARD_FAULT),
    RuleName.READER_CHANNEL: reader_channel,
    RuleName.POWER_FAULT: _of_kinds(RuleName.POWER_FAULT, RecordKind.POWER),
}
