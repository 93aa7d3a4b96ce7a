"""People and cards from CSV: what a line says, and how its mistakes are told."""

from pathlib import Path

import pytest

from doorctl.core.model import Status
from doorctl.site.entries import PersonEntry
from doorctl.site.mistakes import SiteFileError
from doorctl.site.people_csv import read_people_csv


def people_in(folder: Path, text: str) -> tuple[PersonEntry, ...]:
    path = folder / "people.csv"
    path.write_text(text)
    return read_people_csv(path)


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
