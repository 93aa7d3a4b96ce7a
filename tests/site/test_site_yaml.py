"""Site files: what they say, and how every mistake is told with its line."""

from pathlib import Path

import pytest

from doorctl.core.model import Status, ZoneKind
from doorctl.site.entries import CardEntry, DoorEntry, GrantEntry, PersonEntry, SiteEntries, ZoneEntry
from doorctl.site.mistakes import SiteFileError
from doorctl.site.site_yaml import entries_from, read_site_yaml, site_file, written_entries

WHOLE = """\
site: hq
people:
  - handle: ada
    name: Ada
    until: 2027-01-31
    groups: [staff]
    cards:
      - H10301:123:4567
      - {card: "uid:04A2B3C4", status: lost}
groups: [staff]
zones:
  - {zone: floor-3, kind: floor, max_age: 24h}
doors:
  - {door: no, zone: floor-3}
holidays: [2026-12-25]
grants:
  - {group: staff, zone: floor-3, from: 2026-01-01T08:00}
"""


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(SiteFileError) as told:
        entries_from(text, source="site.yaml")
    return str(told.value).splitlines()[1:]


def test_a_site_file_says_what_it_says_as_text() -> None:
    assert entries_from(WHOLE, source="site.yaml") == SiteEntries(
        site="hq",
        people=(
            PersonEntry(
                "ada",
                "Ada",
                valid_until="2027-01-31",
                groups=("staff",),
                cards=("H10301:123:4567", CardEntry("uid:04A2B3C4", status=Status.LOST)),
            ),
        ),
        groups=("staff",),
        zones=(ZoneEntry("floor-3", ZoneKind.FLOOR, max_age="24h"),),
        doors=(DoorEntry("no", "floor-3"),),
        holidays=("2026-12-25",),
        grants=(GrantEntry("floor-3", group="staff", valid_from="2026-01-01T08:00"),),
    )


def test_a_section_that_is_left_out_is_none_and_an_empty_one_is_empty() -> None:
    entries = entries_from("people: []\n", source="site.yaml")

    assert (entries.people, entries.zones) == ((), None)


def test_what_is_written_reads_back() -> None:
    entries = entries_from(WHOLE, source="site.yaml")

    assert entries_from(written_entries(entries, site="hq", revision=7), source="again") == entries


def test_every_entry_is_known_by_its_line() -> None:
    text = WHOLE + "  - {group: staff, zone: floor-3, from: 2027-01-01}\n  - {person: Ada, zone: floor-3}\n"

    assert site_file(text, source="site.yaml").places == {
        "person ada": "line 3 (person ada)",
        "zone floor-3": "line 12 (zone floor-3)",
        "door no": "line 14 (door no)",
        "grant of staff for floor-3": "lines 17, 18 (grant of staff for floor-3)",
        "grant of ada for floor-3": "line 19 (grant of ada for floor-3)",
    }


def test_every_mistake_is_told_with_its_line() -> None:
    told = mistakes_of(
        "people:\n"
        "  - handle: ada\n"
        "    nmae: Ada\n"
        "  - name: nobody\n"
        "zones:\n"
        "  - {zone: FLOOR, kind: floor}\n"
        "colours: [red]\n"
        "grants:\n"
        "  - {zone: floor-3}\n"
    )

    assert [line.split(":")[0] for line in told] == ["line 2", "line 4", "line 6", "line 7", "line 9"]
    assert "nmae" in told[0]
    assert "colours is no section" in told[3]
    assert "a `person` or a `group`" in told[4]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("people: [a\n", "not YAML"),
        ("- a\n", "no site file"),
        ("", "no site file"),
        ("groups: [a]\ngroups: [b]\n", "stands here twice"),
        ("groups: &a [staff]\nholidays: *a\n", "write it out"),
        ("people: [" + "[" * 20 + "]" * 20 + "]\n", "write it out"),
        ("people:\n  - ? [a, b]\n    : c\n", "a key is one word"),
        ("people: ada\n", "line 1"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text: str, part: str) -> None:
    with pytest.raises(SiteFileError, match=part):
        entries_from(text, source="site.yaml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"site: caf\xe9\n")

    with pytest.raises(SiteFileError, match="not UTF-8"):
        read_site_yaml(tmp_path / "latin.yaml")
    with pytest.raises(SiteFileError, match="cannot read"):
        read_site_yaml(tmp_path / "none.yaml")
