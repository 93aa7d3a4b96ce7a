"""Who is inside, as a log remembers it: written with each record that moves somebody, and over a damaged log."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.audit.occupancy import Entered, Forgotten, Left
from doorctl.audit.state import Erased, Remembered, read_memory
from tests.audit.logs import a_draft, a_log
from tests.audit.remembering import telling

ENTERED, LEFT = Entered("ada", "floor-3", 100), Left("ada", "floor-3", 200)


@pytest.mark.parametrize(
    ("moves", "stays"),
    [
        ((ENTERED,), {("ada", "floor-3"): (100, 1)}),
        ((ENTERED, Entered("ada", "floor-3", 150)), {("ada", "floor-3"): (150, 2)}),
        ((ENTERED, LEFT), {("ada", ""): (200, 2)}),
        ((LEFT, ENTERED), {("ada", "floor-3"): (100, 2)}),
        ((Entered("ada", "building", 90), ENTERED, LEFT), {("ada", "building"): (90, 1)}),
        ((ENTERED, Forgotten("*", ("*",), 101, 500, ("*", "*", 0))), {}),
        ((ENTERED, Forgotten("*", ("*",), 100, 500, ("*", "*", 0))), {("ada", "floor-3"): (100, 1)}),
        ((ENTERED, Forgotten("*", ("*",), 50, 99, ("*", "*", 0))), {}),
        ((ENTERED, Forgotten("grace", ("*",), 101, 500, ("grace", "*", 7))), {("ada", "floor-3"): (100, 1)}),
        ((ENTERED, Forgotten("*", ("floor-4",), 101, 500, ("*", "floor-4", 7))), {("ada", "floor-3"): (100, 1)}),
        ((ENTERED, Forgotten("ada", ("floor-3",), 101, 500, ("ada", "floor-3", 7))), {}),
        ((ENTERED, Entered("grace", "floor-3", 100), Erased("ada")), {("grace", "floor-3"): (100, 2)}),
    ],
)
def test_who_is_inside_is_written_with_each_record_that_moves_somebody(
    tmp_path: Path, moves: tuple[Remembered, ...], stays: dict[tuple[str, str], tuple[int, int]]
) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        for what in moves:
            log.append([telling(what)])

    assert read_memory(path).occupancy.stays == stays


def test_resets_are_remembered_until_the_person_is_erased(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(Forgotten("ada", ("*",), 101, 500, ("ada", "*", 7)))])
        log.append([telling(Forgotten("*", ("lab",), 101, 500, ("*", "lab", 7)))])
        log.append([telling(Forgotten("*", ("lab",), 201, 500, ("*", "lab", 0)))])
        before = read_memory(path).occupancy.resets
        log.append([telling(Erased("ada"))])

    assert before == {("ada", "*"): (7, 101), ("*", "lab"): (7, 201)}
    assert read_memory(path).occupancy.resets == {("*", "lab"): (7, 201)}


@pytest.mark.parametrize(
    ("before", "now", "done"),
    [(150, 600, 201), (250, 600, 250), (150, 200, 150)],
    ids=["reaches less far", "reaches further", "by a clock that was set back"],
)
def test_a_reset_that_reaches_less_far_than_one_before_takes_nothing_back(
    tmp_path: Path, before: int, now: int, done: int
) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(Forgotten("*", ("lab",), 201, 500, ("*", "lab", 7)))])
        log.append([telling(Forgotten("*", ("lab",), before, now, ("*", "lab", 0)))])

    assert read_memory(path).occupancy.resets == {("*", "lab"): (7, done)}


def test_who_is_inside_outlives_a_damaged_log(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with closing(a_log(path)) as log:
        log.append([telling(ENTERED), telling(Forgotten("*", ("lab",), 101, 500, ("*", "lab", 7)))])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE records SET leaf = x'00'")
        connection.execute("UPDATE log SET root = x'00'")
        connection.commit()

    with closing(a_log(path)) as log:
        log.append([a_draft()])

    kept = read_memory(path).occupancy
    assert (kept.stays, kept.resets) == ({("ada", "floor-3"): (100, 0)}, {("*", "lab"): (7, 101)})
