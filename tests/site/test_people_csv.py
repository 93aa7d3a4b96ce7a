"""People and cards from CSV: what a line says, and how its mistakes are told."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from doorctl.core.classes import CardClass
from doorctl.core.model import Status
from doorctl.site.entries import CardEntry, PersonEntry
from doorctl.site.mistakes import SiteFileError
from doorctl.site.people_csv import CsvPeople, read_people_csv
from doorctl.site.times import seconds_at
from firmware_bridge.card_text import canonical_card

PARIS = ZoneInfo("Europe/Paris")


def read_in(folder: Path, text: str) -> CsvPeople:
    path = folder / "people.csv"
    path.write_text(text)
    return read_people_csv(path, check_time=lambda text: seconds_at(text, PARIS), check_card=canonical_card)


def people_in(folder: Path, text: str) -> tuple[PersonEntry, ...]:
    return read_in(folder, text).people


def test_a_line_is_a_person_and_another_line_adds_cards_and_groups(tmp_path: Path) -> None:
    people = people_in(
        tmp_path,
        "Handle,name,card,groups,until,status\n"
        "ada,Ada,H10301:123:4567,staff night,2027-01-31,\n"
        "ada,,uid:04A2B3C4,guards,,\n"
        "alan,Alan,,,,suspended\n",
    )

    assert people == (
        PersonEntry(
            "ada",
            "Ada",
            valid_until="2027-01-31",
            groups=("staff", "night", "guards"),
            cards=("H10301:123:4567", "uid:04A2B3C4"),
        ),
        PersonEntry("alan", "Alan", Status.SUSPENDED),
    )


def test_a_byte_order_mark_of_a_spreadsheet_is_passed_over(tmp_path: Path) -> None:
    assert people_in(tmp_path, "\ufeffhandle\nada\n") == (PersonEntry("ada"),)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("name\nAda\n", "no column `handle`"),
        ("handle,shoe\nada,38\n", "'shoe' is no column"),
        ("handle,status\nada,happy\n", "line 2"),
        ("handle,name\nada\n", "another number of fields"),
        ("handle,name\nada,Ada,more\n", "another number of fields"),
        ("handle,name\nada,Ada\nada,Grace\n", "something else about ada"),
        ('handle\n"ada\n', "no CSV"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(SiteFileError, match=part):
        people_in(tmp_path, text)


def test_every_mistake_is_told_at_once_with_its_file_and_line_in_words(tmp_path: Path) -> None:
    with pytest.raises(SiteFileError) as found:
        people_in(
            tmp_path,
            "handle,status,from,groups,card\n"
            "ada,happy,31.01.2027,staff,H10301:999:1\n"
            "grace,,,My+Staff,\n"
            ",active,,,\n",
        )

    assert str(found.value).splitlines() == [
        f"{tmp_path}/people.csv has 5 mistake(s):",
        "line 2: status: 'happy' is none of active, suspended, lost",
        "line 2: from: '31.01.2027' is not a time: write 2027-01-31 or 2027-01-31T18:00",
        "line 2: card: H10301: the facility code must be 0 to 255",
        "line 3: groups[0]: a name has 1 to 32 small letters, digits and hyphens, such as server-room",
        "line 4: handle is missing",
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_are_parted_as_the_first_line_parts_them(tmp_path: Path, separator: str) -> None:
    text = "handle|name\nada|Ada\n".replace("|", separator)

    assert people_in(tmp_path, text) == (PersonEntry("ada", "Ada"),)


def test_empty_lines_of_a_spreadsheet_are_passed_over(tmp_path: Path) -> None:
    assert people_in(tmp_path, "handle;name\nada;Ada\n;\n\n") == (PersonEntry("ada", "Ada"),)


def test_it_is_known_where_somebody_stands_first(tmp_path: Path) -> None:
    read = read_in(tmp_path, "handle,card\nAda,\nAda,uid:04A2B3C4\n")

    assert read.places == {"person ada": f"{tmp_path}/people.csv line 2 (Ada)"}


def test_a_line_says_how_far_somebody_is_cleared_and_of_which_class_its_cards_are(tmp_path: Path) -> None:
    people = people_in(
        tmp_path,
        "handle,clearance,card,class\nada,2,H10301:1:1 H10301:1:2,desfire\nada,,H10301:1:3,\nalan,,H10301:1:4,prox\n",
    )

    assert people == (
        PersonEntry(
            "ada",
            clearance=2,
            cards=(
                CardEntry("H10301:1:1", card_class=CardClass.DESFIRE),
                CardEntry("H10301:1:2", card_class=CardClass.DESFIRE),
                "H10301:1:3",
            ),
        ),
        PersonEntry("alan", cards=(CardEntry("H10301:1:4", card_class=CardClass.PROX),)),
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ada,10,H10301:1:1,prox", "clearance: at most 9"),
        ("ada,,H10301:1:1,paper", "class: 'paper' is none of prox, mifare-classic, iclass, desfire, seos, unknown"),
        ("ada,,,prox", "class: there is no card of which it could be"),
    ],
)
def test_a_clearance_or_class_that_there_is_not_is_told(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(SiteFileError) as error:
        people_in(tmp_path, f"handle,clearance,card,class\n{line}\n")

    assert told in str(error.value)
