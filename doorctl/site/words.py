"""What msgspec finds wrong with a value, in words for whoever wrote it: no patterns, no types."""

import re
from enum import StrEnum

import msgspec

from doorctl.core.areas import Passback
from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.model import Factor, HolidayRule, OnAuditFailure, Status, ZoneKind
from doorctl.core.record_classes import RecordClass

_PATTERNS = {
    r"^[a-z0-9-]{1,32}\Z": "a name has 1 to 32 small letters, digits and hyphens, such as server-room",
    r"^\S{1,64}\Z": "a handle is one word of at most 64 characters, such as ada",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z": "a date is written like 2027-01-31",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z": "a time of day is written like 04:00",
    r"^[0-9a-f]{64}\Z": "a credential key has 64 hexadecimal digits, as `doorctl export-site` writes it",
}
_CHOICES: dict[str, type[StrEnum]] = {
    "status": Status,
    "kind": ZoneKind,
    "zone_kind": ZoneKind,
    "on_audit_failure": OnAuditFailure,
    "factor": Factor,
    "passback": Passback,
    "class": CardClass,
    "reader_classes": ReaderClass,
    "card_classes": CardClass,
    "holidays": HolidayRule,
    "records": RecordClass,
}
_PLACE = re.compile(r" - at `\$\.?([^`]*)`\Z")
_SENTENCES = (
    (re.compile(r"Expected `int` >= (\S+)"), "at least {0}"),
    (re.compile(r"Expected `int` <= (\S+)"), "at most {0}"),
    (re.compile(r"Expected `str` of length <= (\S+)"), "at most {0} characters"),
    (re.compile(r"Expected `array` of length <= (\S+)"), "at most {0}"),
    (re.compile(r"Object contains unknown field `(.*)`"), "{0} is nothing that can stand here"),
    (re.compile(r"Object missing required field `(.*)`"), "{0} is missing"),
)


def in_words(error: msgspec.ValidationError) -> str:
    """Say where a value is wrong and what can stand there."""
    text = str(error)
    found = _PLACE.search(text)
    place = found[1] if found else ""
    what = _what(text[: found.start()] if found else text, place.rpartition(".")[2].partition("[")[0])
    return f"{place}: {what}" if place else what


def _what(text: str, field: str) -> str:
    if text.startswith("Invalid enum value ") and field in _CHOICES:
        return f"{text.removeprefix('Invalid enum value ')} is none of {', '.join(_CHOICES[field])}"
    for pattern, words in _PATTERNS.items():
        if text.endswith(f"matching regex {pattern!r}"):
            return words
    for sentence, words in _SENTENCES:
        if found := sentence.fullmatch(text):
            return words.format(*found.groups())
    return text
