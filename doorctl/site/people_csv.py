"""People and cards from a CSV file: one line for each person, or for each further card of a person.

The columns are ``handle, name, status, from, until, groups, card``, in any order; only ``handle`` must be there.
Groups and cards are parted by spaces. A line with a handle that was there before adds its cards and groups.
"""

import csv
from collections.abc import Mapping
from pathlib import Path

import msgspec

from doorctl.site.entries import PersonEntry
from doorctl.site.mistakes import Mistakes, SiteFileError

COLUMNS = ("handle", "name", "status", "from", "until", "groups", "card")


def read_people_csv(path: Path) -> tuple[PersonEntry, ...]:
    """Read people and cards. Raises SiteFileError with every mistake and its line."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _people(csv.DictReader(file, strict=True), Mistakes(str(path)))
    except OSError as error:
        raise SiteFileError(f"cannot read {path}: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise SiteFileError(f"{path} is no CSV in UTF-8: {error}") from error


def _people(lines: "csv.DictReader[str]", mistakes: Mistakes) -> tuple[PersonEntry, ...]:
    columns = [column.strip().lower() for column in lines.fieldnames or ()]
    lines.fieldnames = columns
    for unknown in sorted(set(columns) - set(COLUMNS)):
        mistakes.add("line 1", f"{unknown!r} is no column: there are {', '.join(COLUMNS)}")
    if "handle" not in columns:
        mistakes.add("line 1", "there is no column `handle`")
    mistakes.raise_if_any()
    people: dict[str, PersonEntry] = {}
    for line in lines:
        _add(people, line, f"line {lines.line_num}", mistakes)
    mistakes.raise_if_any()
    return tuple(people.values())


def _add(people: dict[str, PersonEntry], line: Mapping[str, str | None], place: str, mistakes: Mistakes) -> None:
    if None in line or None in line.values():
        mistakes.add(place, "has another number of fields than the first line")
        return
    given = {column: text.strip() for column, text in line.items() if text and text.strip()}
    lists = {"groups": given.pop("groups", "").split(), "cards": given.pop("card", "").split()}
    try:
        person = msgspec.convert(given | lists, PersonEntry, strict=False)
    except msgspec.ValidationError as error:
        mistakes.add(place, error)
        return
    known = people.get(person.handle)
    people[person.handle] = person if known is None else _joined(known, person, place, mistakes)


def _joined(known: PersonEntry, more: PersonEntry, place: str, mistakes: Mistakes) -> PersonEntry:
    """Return a person with the groups and cards of one more line, which must not say anything else."""
    bare = msgspec.structs.replace(more, groups=(), cards=())
    if bare not in (PersonEntry(known.handle), msgspec.structs.replace(known, groups=(), cards=())):
        mistakes.add(place, f"says something else about {known.handle} than a line before")
    groups = tuple(dict.fromkeys((*known.groups, *more.groups)))
    return msgspec.structs.replace(known, groups=groups, cards=(*known.cards, *more.cards))
