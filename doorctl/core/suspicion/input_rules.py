"""The rules of suspicion about inputs: tamper contacts, faults of lines, mains and battery; and strikes at bridges.

An alert says our own words alone, whatever the controller has written into its record.
"""

from collections.abc import Mapping

from doorctl.core.machines.inputs import trouble_told
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import Recall, Rule, RuleBook, RuleName, Seen, Suspicion, about


def _of_kinds(rule: RuleName, *kinds: RecordKind) -> Rule:
    """Make the rule that looks for a trouble of inputs, or of strikes, by the kinds of its records."""

    def look(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
        what, trouble = (trouble_told(seen.kind, seen.detail) if seen.kind in kinds else None) or ("", "")
        if not trouble:
            return None
        return about(rule, seen, f"{seen.controller}|{seen.door}|{what}|{trouble}", f"{what}: {trouble}", book)

    return look


INPUT_RULES: Mapping[RuleName, Rule] = {
    RuleName.TAMPER: _of_kinds(RuleName.TAMPER, RecordKind.TAMPER),
    RuleName.INPUT_FAULT: _of_kinds(RuleName.INPUT_FAULT, RecordKind.INPUT_FAULT, RecordKind.BOARD_FAULT),
    RuleName.POWER_FAULT: _of_kinds(RuleName.POWER_FAULT, RecordKind.POWER),
}
