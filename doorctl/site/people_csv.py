"""People and cards from a CSV file: one line for each person, or for each further card of a person.

The columns are ``handle, name, status, from, until, clearance, groups, card, class``, in any order, parted by commas,
semicolons or tabs; only ``handle`` must be there. Groups and cards are parted by spaces; the class is that of all
cards of the line. A line with a handle that was there before adds its cards and groups.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from doorctl.site.entries import CardEntry, PersonEntry
from doorctl.site.mistakes import Mistakes, SiteFileError
from doorctl.site.words import in_words

COLUMNS = ("handle", "name", "status", "from", "until", "clearance", "groups", "card", "class")
SEPARATORS = ",;\t"
Check = Callable[[str], object]
"""Looks at one value. Raises ValueError."""


@dataclass(frozen=True, slots=True)
class CsvPeople:
    """People from a CSV file, and where each person, by what mistakes call them, stands first."""

    people: tuple[PersonEntry, ...]
    places: Mapping[str, str]


def read_people_csv(path: Path, *, check_time: Check, check_card: Check) -> CsvPeople:
    """Read people and cards. Raises SiteFileError with every mistake and its line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            separator = max(SEPARATORS, key=file.readline().count)
            file.seek(0)
            lines = csv.DictReader(file, strict=True, delimiter=separator)
            return _Lines(path, check_time, check_card).people_in(lines)
    except OSError as error:
        raise SiteFileError(f"cannot read {path}: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise SiteFileError(f"{path} is no CSV in UTF-8: {error}") from error


@dataclass(slots=True)
class _Lines:
    path: Path
    check_time: Check
    check_card: Check
    people: dict[str, PersonEntry] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def people_in(self, lines: "csv.DictReader[str]") -> CsvPeople:
        mistakes = Mistakes(str(self.path))
        lines.fieldnames = [column.strip().lower() for column in lines.fieldnames or ()]
        _check_columns(lines.fieldnames, mistakes)
        mistakes.raise_if_any()
        for line in lines:
            self._add(line, lines.line_num, mistakes)
        mistakes.raise_if_any()
        return CsvPeople(tuple(self.people.values()), self.places)

    def _add(self, line: Mapping[str, str | None], number: int, mistakes: Mistakes) -> None:
        if None in line or None in line.values():
            mistakes.add(f"line {number}", "has another number of fields than the first line")
            return
        given = {column: text.strip() for column, text in line.items() if text and text.strip()}
        if not given:
            return
        cards = given.pop("card", "").split()
        of_class = {"class": given.pop("class")} if "class" in given else {}
        if found := [*_class_mistakes(of_class, cards), *self._mistakes_in(given, cards)]:
            for what in found:
                mistakes.add(f"line {number}", what)
            return
        lists = {
            "groups": given.pop("groups", "").split(),
            "cards": [{"card": card, **of_class} for card in cards] if of_class else cards,
        }
        person = msgspec.convert(given | lists, PersonEntry, strict=False)
        known = self.people.get(person.handle)
        self.places.setdefault(person.place, f"{self.path} line {number} ({person.handle})")
        self.people[person.handle] = person if known is None else _joined(known, person, f"line {number}", mistakes)

    def _mistakes_in(self, given: Mapping[str, str], cards: list[str]) -> Iterator[str]:
        if "handle" not in given:
            yield "handle is missing"
        for column, text in given.items():
            value = text.split() if column == "groups" else text
            try:
                msgspec.convert({"handle": "any", column: value}, PersonEntry, strict=False)
            except msgspec.ValidationError as error:
                yield in_words(error)
        for column in ("from", "until"):
            if column in given:
                yield from _tried(self.check_time, given[column], column)
        for card in cards:
            yield from _tried(self.check_card, card, "card")


def _check_columns(columns: Sequence[str], mistakes: Mistakes) -> None:
    for unknown in sorted(set(columns) - set(COLUMNS)):
        mistakes.add("line 1", f"{unknown!r} is no column: there are {', '.join(COLUMNS)}")
    if "handle" not in columns:
        mistakes.add("line 1", "there is no column `handle`")


def _class_mistakes(of_class: Mapping[str, str], cards: Sequence[str]) -> Iterator[str]:
    """Say what is wrong with the class of a line's cards, if one stands there."""
    if not of_class:
        return
    if not cards:
        yield "class: there is no card of which it could be"
    try:
        msgspec.convert({"card": "any", **of_class}, CardEntry)
    except msgspec.ValidationError as error:
        yield in_words(error)


def _tried(check: Check, text: str, column: str) -> Iterator[str]:
    try:
        check(text)
    except ValueError as error:
        yield f"{column}: {error}"


def _joined(known: PersonEntry, more: PersonEntry, place: str, mistakes: Mistakes) -> PersonEntry:
    """Return a person with the groups and cards of one more line, which must not say anything else."""
    bare = msgspec.structs.replace(more, groups=(), cards=())
    if bare not in (PersonEntry(known.handle), msgspec.structs.replace(known, groups=(), cards=())):
        mistakes.add(place, f"says something else about {known.handle} than a line before")
    groups = tuple(dict.fromkeys((*known.groups, *more.groups)))
    return msgspec.structs.replace(known, groups=groups, cards=(*known.cards, *more.cards))
