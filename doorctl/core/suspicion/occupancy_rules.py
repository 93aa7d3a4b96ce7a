"""The rules of suspicion about who is inside: who passes back, and who is left alone."""

from collections.abc import Mapping

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import Recall, Rule, RuleBook, RuleName, Seen, Suspicion, about

_PASSED_BACK = {Reason.PASSBACK: "was denied", Reason.PASSBACK_NOTED: "was let through all the same"}


def passback(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for somebody who entered who was inside, or left who was not, be it in vain."""
    told = {*([seen.reason] if seen.reason else []), *seen.reasons}
    found = next((text for reason, text in _PASSED_BACK.items() if reason in told), None)
    if seen.kind != RecordKind.DECISION or found is None:
        return None
    return about(RuleName.PASSBACK, seen, f"{seen.subject}|{seen.zone}", found, book)


def left_alone(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for somebody who was let out, so that fewer stay behind than may."""
    if seen.kind != RecordKind.DECISION or seen.reason != Reason.LEFT_ALONE:
        return None
    return about(RuleName.LEFT_ALONE, seen, seen.zone, "fewer stay behind than may", book)


OCCUPANCY_RULES: Mapping[RuleName, Rule] = {RuleName.PASSBACK: passback, RuleName.LEFT_ALONE: left_alone}
