"""What an officer's computer knows of rosters: what is in force is proven, and no number is signed twice."""

import hashlib
from pathlib import Path

import pytest

from doorctl.cli.rights.roster_memory import MEMORY_FILE, Held, RosterMemory
from doorctl.errors import ConfigError, Refused
from doorctl.wire.notes import Signer, text_of
from doorctl.wire.results import RosterFound
from doorctl.wire.roster import MAX_FIRST, RosterLine, RosterVersion, card_mark
from tests.policy.policies import OTHER_KEY
from tests.policy.rosters import ADAS_LINE, ALAN, CLERK, GRACE, ZONE, a_roster, trust

ALANS_LINE = RosterLine("alan", card_mark(OTHER_KEY))


def found(note: str, version: int, *, signatures: int = 1) -> RosterFound:
    return RosterFound(ZONE, version, ring=1, signatures=signatures, revision=9, lines=(), note=note)


def version_of(note: str, number: int) -> RosterVersion:
    return RosterVersion(number, hashlib.sha256(text_of(note.encode())).hexdigest())


def held(folder: Path, told: RosterFound, *, suspended: tuple[str, ...] = ()) -> Held:
    return RosterMemory(folder).held(told, trust(), suspended=suspended)


def test_a_note_that_officers_signed_under_its_number_is_the_roster_in_force(tmp_path: Path) -> None:
    note = a_roster(version=7)

    known = held(tmp_path, found(note, 7))

    assert known.roster is not None
    assert (known.roster.lines, known.version, known.why) == ((ADAS_LINE,), version_of(note, 7), "")


def test_where_there_is_none_there_is_nothing_to_prove(tmp_path: Path) -> None:
    assert held(tmp_path, found("", 0)) == Held()


def test_an_older_note_under_a_newer_number_is_not_the_roster_in_force(tmp_path: Path) -> None:
    known = held(tmp_path, found(a_roster(version=3), 7))

    assert known == Held(why="the hub names version 7 and shows version 3")


def test_a_note_with_too_few_signatures_is_not_the_roster_in_force(tmp_path: Path) -> None:
    one, two = a_roster(version=7), a_roster(version=7, by=[GRACE, ALAN])

    assert "too-few-officers" in held(tmp_path, found(one, 7, signatures=2)).why
    assert held(tmp_path, found(two, 7, signatures=2)).why == ""


def test_a_hub_that_asks_for_fewer_signatures_than_when_we_signed_is_not_believed(tmp_path: Path) -> None:
    RosterMemory(tmp_path).sign(ZONE, RosterVersion(6, "a"), held=Held(), signatures=2)

    assert "too-few-officers" in held(tmp_path, found(a_roster(version=7), 7, signatures=1)).why


@pytest.mark.parametrize(("by", "suspended"), [([CLERK], ()), ([GRACE], ("grace",))])
def test_a_note_by_nobody_who_counts_is_not_the_roster_in_force(
    tmp_path: Path, by: list[Signer], suspended: tuple[str, ...]
) -> None:
    note = a_roster(version=7, by=by)

    assert "unknown-signer" in held(tmp_path, found(note, 7), suspended=suspended).why


@pytest.mark.parametrize(
    ("note", "version", "why"),
    [
        (a_roster(version=6), 6, "old-roster"),
        (a_roster(ADAS_LINE, ALANS_LINE, version=7), 7, "roster-fork"),
        ("", 0, "not-a-note"),
    ],
)
def test_what_was_in_force_here_is_not_followed_by_one_before_it(
    tmp_path: Path, note: str, version: int, why: str
) -> None:
    RosterMemory(tmp_path).brought(ZONE, version_of(a_roster(version=7), 7))

    known = held(tmp_path, found(note, version))

    assert known.roster is None
    assert why in known.why


def test_a_number_is_never_signed_for_another_text(tmp_path: Path) -> None:
    RosterMemory(tmp_path).sign(ZONE, RosterVersion(7, "a"), held=Held(), signatures=1)
    memory = RosterMemory(tmp_path)

    memory.sign(ZONE, RosterVersion(7, "a"), held=Held(), signatures=1)
    with pytest.raises(Refused, match="signed-another"):
        memory.sign(ZONE, RosterVersion(7, "b"), held=Held(), signatures=1)
    with pytest.raises(Refused, match="signed-another"):
        memory.sign(ZONE, RosterVersion(6, "b"), held=Held(), signatures=1)


def test_the_next_number_is_beyond_all_that_were_signed_or_in_force(tmp_path: Path) -> None:
    memory = RosterMemory(tmp_path)
    first = memory.next_version(found("", 0))
    memory.sign(ZONE, RosterVersion(9, "a"), held=Held(), signatures=1)
    signed = memory.next_version(found("", 7))

    assert (first, signed, memory.next_version(found("", 12))) == (1, 10, 13)


def test_a_number_that_nobody_has_reached_is_not_gone_on_from(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="version-jump"):
        RosterMemory(tmp_path).next_version(found("", MAX_FIRST + 1))


def test_a_memory_that_cannot_be_read_or_written_signs_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "admin"
    memory = RosterMemory(folder)
    with pytest.raises(ConfigError, match="cannot write"):
        memory.sign(ZONE, RosterVersion(7, "a"), held=Held(), signatures=1)
    (tmp_path / MEMORY_FILE).write_text("rubbish")

    with pytest.raises(ConfigError, match="cannot read"):
        RosterMemory(tmp_path)
