"""The forms of export files: each holds the rows as they are, appears when it is complete, and runs nothing."""

import csv
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pyarrow import parquet

from doorctl.cli.evidence.export import FORMATS, ExportFailed, open_aside, open_export
from doorctl.cli.evidence.export_xlsx import CELL_CHARACTERS, new_writer
from doorctl.cli.evidence.record_text import Row, column_names, line_of, rows_of

LEAF = (
    b'{"v":1,"controller":"pi-1","epoch":1,"seq":7,"boot":"b","kind":"decision","at":"2026-11-21T10:00:00.000Z",'
    b'"clock":"synchronized","mono_ms":9,"door":"=1+1","reasons":["a","b"],"policy":{"epoch":1,"revision":42}}'
)
COLUMNS = column_names(with_names=True)
(A_ROW,) = rows_of([(3, "pi-1", 1, 7, LEAF, "holder:h1", "ada", "=Ada()")], with_names=True)


def a_file(folder: Path, form: str, *rows: Row) -> Path:
    out = folder / f"all.{form}"
    with open_export(out, form, with_names=True) as write:
        for row in rows:
            write([row])
    return out


def test_a_row_says_what_its_leaf_says() -> None:
    said = dict(zip(COLUMNS, A_ROW, strict=True))

    assert said["policy_revision"] == 42
    assert (said["reasons"], said["mono_ms"], said["holder"], said["credential"]) == ("a b", 9, "h1", None)
    assert said["leaf"] == LEAF.decode()


@pytest.mark.parametrize(
    "odd", [b'"mono_ms":"late"', b'"policy":7', b'"reasons":"a"', b'"kind":"what_a_newer_door_says"', b'"of":[]']
)
def test_a_leaf_with_odd_fields_stops_nothing(odd: bytes) -> None:
    leaf = b'{"v":1,"kind":"decision","at":"2026-11-21T10:00:00.000Z","door":"door-1",%b}' % odd
    (row,) = rows_of([(3, "pi-1", 1, 7, leaf, None, None, None)], with_names=False)

    said = dict(zip(column_names(with_names=False), row, strict=True))
    assert (said["door"], said["at"], said["leaf"]) == ("door-1", "2026-11-21T10:00:00.000Z", leaf.decode())


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "", "yesterday"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_a_time_out_of_the_calendar_stops_nothing(at: str, zone: str) -> None:
    columns = dict.fromkeys(column_names(with_names=False), "") | {"at": at, "kind": "decision"}

    assert line_of(columns, ZoneInfo(zone)).endswith("  decision")


def a_line(leaf: bytes) -> str:
    """Write a leaf of the hub's or a door's as ``audit tail`` shows it."""
    (row,) = rows_of(
        [(3, "hub", 1, 7, b'{"at":"2026-11-21T10:00:00.000Z",%b}' % leaf, None, None, None)], with_names=False
    )
    return line_of(dict(zip(column_names(with_names=False), row, strict=True)), ZoneInfo("Etc/UTC"))


def test_a_line_about_a_command_says_whose_which_and_what_became_of_it() -> None:
    line = a_line(
        b'"kind":"command","detail":"alone=yes",'
        b'"act":{"admin":"grace","command":"c1","verb":"pin-set","verdict":"refused","reason":"pin-taken"}'
    )

    assert line.endswith("  hub  command  grace  pin-set  refused  pin-taken  alone=yes")


@pytest.mark.parametrize("act", [b"7", b'{"verb":7}', b"null"])
def test_a_line_about_an_odd_command_is_written_all_the_same(act: bytes) -> None:
    assert a_line(b'"kind":"command","act":%b' % act).endswith("  hub  command")


def test_a_line_tells_of_duress_where_something_else_denied() -> None:
    denied = a_line(
        b'"kind":"decision","outcome":"denied","reason":"person_awaited","reasons":["person_awaited","duress"]'
    )
    granted = a_line(b'"kind":"decision","outcome":"granted","reason":"duress","reasons":["duress"]')

    assert denied.endswith("  denied  person_awaited  duress")
    assert granted.endswith("  granted  duress")


def test_csv_runs_no_formula(tmp_path: Path) -> None:
    with a_file(tmp_path, "csv", A_ROW).open(newline="") as file:
        (row,) = csv.DictReader(file)

    assert (row["door"], row["name"], row["seq"], row["of"]) == ("'=1+1", "'=Ada()", "7", "")


def test_a_leaf_that_begins_with_a_blank_runs_no_formula_either(tmp_path: Path) -> None:
    """JSON may begin with a tab, and so may a formula."""
    with a_file(tmp_path, "csv", (*A_ROW[:-1], "\t{}")).open(newline="") as file:
        (row,) = csv.DictReader(file)

    assert row["leaf"] == "'\t{}"


def test_json_lines_hold_rows_as_they_are(tmp_path: Path) -> None:
    (line,) = a_file(tmp_path, "jsonl", A_ROW).read_text().splitlines()

    assert json.loads(line) == dict(zip(COLUMNS, A_ROW, strict=True))


def test_parquet_holds_numbers_as_numbers_and_texts_as_they_are(tmp_path: Path) -> None:
    rows = parquet.read_table(a_file(tmp_path, "parquet", A_ROW, A_ROW)).to_pylist()

    assert rows == [dict(zip(COLUMNS, A_ROW, strict=True))] * 2


def test_a_parquet_file_without_records_has_its_columns(tmp_path: Path) -> None:
    assert parquet.read_table(a_file(tmp_path, "parquet")).column_names == list(COLUMNS)


def cells(out: Path) -> str:
    """Return the sheets of a workbook as they lie in it."""
    with zipfile.ZipFile(out) as book:
        return "".join(book.read(name).decode() for name in sorted(book.namelist()) if "/sheet" in name)


def test_a_workbook_holds_numbers_and_texts_and_no_formula(tmp_path: Path) -> None:
    found = cells(a_file(tmp_path, "xlsx", A_ROW))

    assert "<t>=Ada()</t>" in found
    assert "<v>42</v>" in found
    assert "<f>" not in found


def test_a_full_sheet_is_followed_by_another_with_its_heading(tmp_path: Path) -> None:
    with (tmp_path / "all.xlsx").open("w+b") as file, new_writer(file, ("n",), sheet_rows=3) as write:
        write([(number,) for number in range(5)])

    found = cells(tmp_path / "all.xlsx")
    assert found.count("<t>n</t>") == 3
    assert [f"<v>{number}</v>" in found for number in range(6)] == [*[True] * 5, False]


def test_a_text_that_no_cell_holds_is_named_as_such(tmp_path: Path) -> None:
    with (tmp_path / "all.xlsx").open("w+b") as file, new_writer(file, ("n",)) as write:
        write([("x" * (CELL_CHARACTERS + 1),)])

    assert "longer than a cell holds" in cells(tmp_path / "all.xlsx")


def test_an_unfinished_file_has_no_name(tmp_path: Path) -> None:
    with open_aside(tmp_path / "all.csv") as file:
        file.write(b"half")
        file.flush()
        beside = [path.name for path in tmp_path.iterdir()]

    assert beside == []
    assert (tmp_path / "all.csv").read_bytes() == b"half"


def broken_off() -> Iterator[Row]:
    """Yield a row, and be stopped."""
    yield A_ROW
    raise KeyboardInterrupt


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_that_is_broken_off_leaves_the_older_file_alone(tmp_path: Path, form: str) -> None:
    out = tmp_path / f"all.{form}"
    out.write_text("older")

    with pytest.raises(KeyboardInterrupt), open_export(out, form, with_names=True) as write:
        write(broken_off())

    assert [path.read_text() for path in tmp_path.iterdir()] == ["older"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed, match="choose another --out"), open_aside(tmp_path / "no" / "all.csv"):
        pass
