"""The rules of suspicion: each looks at one record and at what is remembered, and may raise one alert.

1. Every record is judged in the order of its arrival; the times that count are the records' own.
2. Times of two controllers are compared only where something confirms both clocks.
3. What a rule needs to remember is remembered even while the rule is off: switched on, it knows what was before.
4. Of a record that came late a rule says so; what would need all other records up to then is not judged by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from doorctl.core.machines.technician import PAIRING_BEGUN
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.wrong_pins import BLOCKS_CREDENTIAL, BLOCKS_READER
from doorctl.core.suspicion.alerts import (
    CAME_ALONG,
    Judged,
    Mark,
    Recall,
    Rule,
    RuleBook,
    RuleName,
    Seen,
    Settings,
    Suspicion,
    Trace,
    about,
    is_news,
    raised_mark,
)
from doorctl.core.suspicion.counting import too_many
from doorctl.core.suspicion.input_rules import INPUT_RULES
from doorctl.core.suspicion.occupancy_rules import OCCUPANCY_RULES
from doorctl.core.suspicion.pulse_bands import Band, is_within, widened
from doorctl.core.uses_told import parts_of

ALWAYS = float("inf")
_LOSSES = frozenset({RecordKind.AUDIT_FAILED, RecordKind.LOG_RECOVERED})
_BLOCKS: Mapping[RuleName, str] = {
    RuleName.WRONG_PINS: BLOCKS_CREDENTIAL,
    RuleName.WRONG_PINS_AT_READER: BLOCKS_READER,
}


def judge(seen: Seen, book: RuleBook, recall: Recall) -> Judged:
    """Judge a record: what to remember of it, and the alerts that it raises; ``recall`` does not know it yet."""
    marks = tuple(_marks_of(seen, recall))
    raised = [
        suspicion
        for name, rule in RULES.items()
        if book.of(name).enabled
        and (suspicion := rule(seen, book, recall)) is not None
        and is_news(suspicion, book.of(name), recall)
    ]
    return Judged((*marks, *map(raised_mark, raised)), tuple(raised), _learned(seen, book))


def silences(heard: Mapping[str, float], book: RuleBook, recall: Recall, *, since: float, now: float) -> Judged:
    """Judge which controllers are silent, each silence once; nobody could be heard before ``since``."""
    settings = book.of(RuleName.SILENT)
    if not settings.enabled:
        return Judged((), ())
    raised = [
        suspicion
        for controller, at in sorted(heard.items())
        if now - max(at, since) > settings.seconds
        and not recall(Trace.RAISED, f"{RuleName.SILENT}|{controller}|{at:.0f}", at, at)
        and (suspicion := _silence(controller, at, settings))
    ]
    return Judged(tuple(map(raised_mark, raised)), tuple(raised))


def _silence(controller: str, at: float, settings: Settings) -> Suspicion:
    detail = f"not heard for more than {settings.seconds:.0f} s"
    key = f"{controller}|{at:.0f}"
    return Suspicion(RuleName.SILENT, settings.severity, at, key, detail, controller=controller)


def denials_at_door(seen: Seen, book: RuleBook, recall: Recall) -> Suspicion | None:
    """Count denials at a door."""
    if not (seen.is_denied and seen.door):
        return None
    return too_many(RuleName.DENIALS_AT_DOOR, seen.door, seen, book, recall)


def denials_of_card(seen: Seen, book: RuleBook, recall: Recall) -> Suspicion | None:
    """Count denials of a person, or of an unknown card, wherever they are."""
    if not (seen.is_denied and seen.subject):
        return None
    return too_many(RuleName.DENIALS_OF_CARD, seen.subject, seen, book, recall)


def wrong_pins(seen: Seen, book: RuleBook, recall: Recall) -> Suspicion | None:
    """Count wrong PINs of a person, or of an unknown card, wherever they are, and look for a card that is blocked."""
    return _wrong_pins(RuleName.WRONG_PINS, seen.subject, seen, book, recall) if seen.subject else None


def wrong_pins_at_reader(seen: Seen, book: RuleBook, recall: Recall) -> Suspicion | None:
    """Count wrong PINs at a reader, whoever enters them, and look for a reader that is blocked."""
    return _wrong_pins(RuleName.WRONG_PINS_AT_READER, _reader_key(seen), seen, book, recall)


def duress(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for somebody who is forced to open, whatever became of it."""
    if seen.kind != RecordKind.DECISION or Reason.DURESS not in {seen.reason, *seen.reasons}:
        return None
    return about(RuleName.DURESS, seen, f"{seen.subject}|{seen.door}", "send help", book)


def too_fast(seen: Seen, book: RuleBook, recall: Recall) -> Suspicion | None:
    """Find another use from which nobody gets here in the time between the two."""
    longest = book.distances.longest
    for other in _other_uses(seen, longest, recall) if longest else ():
        needed, took = book.distances.between(seen, other), abs(seen.at - other.at)
        if took < needed:
            detail = f"{took:.1f} s after {other.door}, which is at least {needed:.0f} s away"
            return _about_two(RuleName.TOO_FAST, seen, other, detail, book)
    return None


def twice_at_once(seen: Seen, book: RuleBook, recall: Recall) -> Suspicion | None:
    """Find a use of another reader at nearly the same time."""
    seconds = book.of(RuleName.TWICE_AT_ONCE).seconds
    for other in _other_uses(seen, seconds, recall):
        if (other.door, other.reader) != (seen.door, seen.reader):
            detail = f"{abs(seen.at - other.at):.1f} s between two readers; the other is at {other.door}"
            return _about_two(RuleName.TWICE_AT_ONCE, seen, other, detail, book)
    return None


def after_leaving(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look whether the person's validity was over, by the hub's policy or by the door's."""
    is_over = seen.left_at is not None and seen.at >= seen.left_at
    if seen.kind != RecordKind.DECISION or not (is_over or seen.reason == Reason.HOLDER_EXPIRED):
        return None
    detail = "was let in all the same" if seen.is_granted else "was denied"
    return about(RuleName.AFTER_LEAVING, seen, seen.subject or seen.door, detail, book)


def first_use(seen: Seen, book: RuleBook, recall: Recall) -> Suspicion | None:
    """Look whether the person was ever let in there before."""
    if not (seen.is_let_in and seen.is_server_room and seen.subject) or _was_there(seen, recall):
        return None
    return about(RuleName.FIRST_USE, seen, _first_key(seen), f"the first time in {seen.zone}", book)


def out_of_hours(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look at the hours of the site."""
    if not (seen.is_granted or seen.kind == CAME_ALONG) or seen.is_in_hours is not False:
        return None
    schedule = book.of(RuleName.OUT_OF_HOURS).schedule
    return about(RuleName.OUT_OF_HOURS, seen, f"{seen.subject}|{seen.zone}", f"outside {schedule}", book)


def rex_when_empty(seen: Seen, book: RuleBook, recall: Recall) -> Suspicion | None:
    """Look whether anybody counts as inside, or was let in, if all that happened there until then is known.

    Where people are counted an opening counts, by which somebody goes; elsewhere that it was asked for.
    """
    if seen.is_late or not seen.is_complete:
        return None
    if seen.is_opened_by_rex and seen.inside == 0:
        return about(RuleName.REX_WHEN_EMPTY, seen, seen.zone, "nobody counts as inside", book)
    if seen.kind != RecordKind.REX or not seen.is_server_room or seen.inside:
        return None
    seconds = book.of(RuleName.REX_WHEN_EMPTY).seconds
    if recall(Trace.ENTERED, seen.zone, seen.at - seconds, seen.at):
        return None
    if not recall(Trace.ENTERED, seen.zone, -ALWAYS, seen.at):
        return None  # nobody ever was let in: the site is new, or the zone is
    return about(RuleName.REX_WHEN_EMPTY, seen, seen.zone, f"nobody was let in for {seconds:.0f} s", book)


def forced_door(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for a door that was forced."""
    if seen.kind != RecordKind.FORCED_OPEN:
        return None
    return about(RuleName.FORCED_DOOR, seen, seen.door, "nobody had asked", book)


def reader_tamper(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for a reader that was opened."""
    if seen.kind != RecordKind.READER_TAMPER or seen.detail != "opened":
        return None
    return about(RuleName.READER_TAMPER, seen, f"{seen.controller}|{seen.reader}", "its housing was opened", book)


def pulse_timing(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for another device on the wires of a reader: its pulses are not those that were learned."""
    rule = RuleName.PULSE_TIMING
    if seen.kind != RecordKind.DECISION or seen.pulses is None:
        return None
    if seen.band is None or seen.band.reads < book.of(rule).count or is_within(seen.pulses, seen.band):
        return None
    detail = f"reader {seen.reader}: {seen.pulses}; learned: {seen.band.pulses}"
    return about(rule, seen, f"{seen.controller}|{seen.reader}", detail, book)


def flood(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for what was only counted."""
    if seen.kind != RecordKind.FLOOD_SUMMARY:
        return None
    return about(RuleName.FLOOD, seen, _reader_key(seen), "see its record", book)


def log_alarm(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for what the hub found out about a controller's log, or a controller about the hub's.

    What a controller itself calls an alarm is none.
    """
    if seen.kind == RecordKind.HUB_FORKED:
        return _by_kind(RuleName.LOG_ALARM, seen, book)
    if not seen.alarm_of:
        return None
    what = seen.detail.partition(":")[0]
    found = about(RuleName.LOG_ALARM, seen, f"{seen.alarm_of}|{what}", what, book)
    return replace(found, controller=seen.alarm_of)


def audit_failed(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for a log that says itself that it lacks records."""
    if seen.kind not in _LOSSES:
        return None
    return _by_kind(RuleName.AUDIT_FAILED, seen, book)


def technician(seen: Seen, book: RuleBook, _: Recall) -> Suspicion | None:
    """Look for somebody who tries doors at the controller itself, or pairs a reader there."""
    begins_pairing = seen.kind == RecordKind.OSDP_PAIRING and seen.detail.startswith(PAIRING_BEGUN)
    if not begins_pairing and seen.kind != RecordKind.TECHNICIAN_BEGAN:
        return None
    return _by_kind(RuleName.TECHNICIAN, seen, book)


RULES: Mapping[RuleName, Rule] = {
    RuleName.DENIALS_AT_DOOR: denials_at_door,
    RuleName.DENIALS_OF_CARD: denials_of_card,
    RuleName.TOO_FAST: too_fast,
    RuleName.TWICE_AT_ONCE: twice_at_once,
    RuleName.AFTER_LEAVING: after_leaving,
    RuleName.FIRST_USE: first_use,
    RuleName.OUT_OF_HOURS: out_of_hours,
    RuleName.WRONG_PINS: wrong_pins,
    RuleName.WRONG_PINS_AT_READER: wrong_pins_at_reader,
    RuleName.DURESS: duress,
    RuleName.REX_WHEN_EMPTY: rex_when_empty,
    RuleName.FORCED_DOOR: forced_door,
    RuleName.READER_TAMPER: reader_tamper,
    RuleName.TECHNICIAN: technician,
    **INPUT_RULES,
    **OCCUPANCY_RULES,
    RuleName.PULSE_TIMING: pulse_timing,
    RuleName.FLOOD: flood,
    RuleName.LOG_ALARM: log_alarm,
    RuleName.AUDIT_FAILED: audit_failed,
}
"""What is judged by records; the other rules are not about records."""


def _marks_of(seen: Seen, recall: Recall) -> Iterator[Mark]:
    """Say what is to be remembered of a record."""
    if seen.kind not in (RecordKind.DECISION, RecordKind.FLOOR_CHOSEN, CAME_ALONG):
        return
    mark = Mark(
        Trace.USED,
        seen.subject,
        seen.at,
        seen.position,
        subject=seen.subject,
        door=seen.door,
        zone=seen.zone,
        reader=seen.reader,
        has_good_clock=seen.has_good_clock,
    )
    if seen.is_denied:
        yield replace(mark, trace=Trace.DENIED_AT, key=seen.door)
    if seen.has_wrong_pin:
        yield replace(mark, trace=Trace.WRONG_PIN_AT, key=_reader_key(seen))
    if seen.is_let_in:
        yield replace(mark, trace=Trace.ENTERED, key=seen.zone)
    if not seen.subject:
        return
    if seen.kind == RecordKind.DECISION:
        yield mark
    if seen.is_denied:
        yield replace(mark, trace=Trace.DENIED_WHO)
    if seen.has_wrong_pin:
        yield replace(mark, trace=Trace.WRONG_PIN)
    if seen.is_let_in and not _was_there(seen, recall):
        yield replace(mark, trace=Trace.FIRST, key=_first_key(seen))


def _learned(seen: Seen, book: RuleBook) -> Band | None:
    """Learn from a good read of a reader that is not known well enough yet; what is learned stays as it is."""
    if seen.pulses is None or not (seen.is_granted and seen.reader):
        return None
    if seen.band is not None and seen.band.reads >= book.of(RuleName.PULSE_TIMING).count:
        return None
    return widened(seen.band, seen.pulses)


def _by_kind(rule: RuleName, seen: Seen, book: RuleBook) -> Suspicion:
    """Find a record that is suspicious by its kind alone."""
    return about(rule, seen, f"{seen.controller}|{seen.kind}", f"{seen.kind}: see its record", book)


def _wrong_pins(rule: RuleName, key: str, seen: Seen, book: RuleBook, recall: Recall) -> Suspicion | None:
    """Find too many wrong PINs, or fewer after which a door says that it blocks a card or a reader now."""
    found = too_many(rule, key, seen, book, recall) if seen.has_wrong_pin else None
    blocks = seen.kind == RecordKind.DECISION and _BLOCKS[rule] in parts_of(seen.detail)
    return about(rule, seen, key, _BLOCKS[rule], book) if blocks and found is None else found


def _other_uses(seen: Seen, seconds: float, recall: Recall) -> Sequence[Mark]:
    """Return the uses by the same person or card around this one whose times can be compared with it."""
    if seen.kind != RecordKind.DECISION or not (seen.subject and seen.has_good_clock):
        return ()
    known = recall(Trace.USED, seen.subject, seen.at - seconds, seen.at + seconds)
    return [mark for mark in known if mark.has_good_clock]


def _about_two(rule: RuleName, seen: Seen, other: Mark, detail: str, book: RuleBook) -> Suspicion:
    records = (other.position, seen.position)
    return replace(about(rule, seen, seen.subject, detail, book), at=max(seen.at, other.at), records=records)


def _was_there(seen: Seen, recall: Recall) -> bool:
    return bool(recall(Trace.FIRST, _first_key(seen), -ALWAYS, ALWAYS))


def _reader_key(seen: Seen) -> str:
    return f"{seen.controller}|{seen.reader or seen.door}"


def _first_key(seen: Seen) -> str:
    return f"{seen.subject}|{seen.zone}"
