"""``doorctl audit export --format parquet|xlsx`` as it is typed, and its progress: on a terminal, nowhere else."""

import io
import json
import re
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pyarrow import parquet

from doorctl.cli.app import app
from tests.cli.sites import ASite, five_records
from tests.cli.test_audit_export import an_account_far_from_the_hub

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLOURS = re.compile("\x1b\\[[0-9;]*m")
BAR = "records ━"
Cells = list[str]


@pytest.fixture(scope="module")
def recorded(site: ASite) -> ASite:
    return five_records(site).site


def exported(site: ASite, folder: Path, form: str, *options: str) -> Path:
    """Export decisions, which no later export adds to."""
    out = folder / f"all.{form}"
    (told,) = site.ask("audit", "export", "--format", form, "--out", str(out), "--kind", "decision", *options)
    assert (told["records"], told["out"]) == (5, str(out))
    return out


def as_json_lines(site: ASite, folder: Path, *options: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in exported(site, folder, "jsonl", *options).read_text().splitlines()]


def sheet_of(path: Path) -> list[Cells]:
    """Read the one sheet of a workbook, its heading first; an empty cell is an empty text."""
    with zipfile.ZipFile(path) as book:
        rows = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml")).iter(f"{SHEET}row")
        return [["".join(cell.itertext()) for cell in row] for row in rows]


@pytest.mark.parametrize("options", [[], ["--names"]], ids=str)
def test_parquet_holds_what_json_lines_hold(recorded: ASite, tmp_path: Path, options: list[str]) -> None:
    out = exported(recorded, tmp_path, "parquet", *options)

    assert parquet.read_table(out).to_pylist() == as_json_lines(recorded, tmp_path, *options)


@pytest.mark.parametrize("options", [[], ["--names"]], ids=str)
def test_a_workbook_holds_what_json_lines_hold(recorded: ASite, tmp_path: Path, options: list[str]) -> None:
    heading, *rows = sheet_of(exported(recorded, tmp_path, "xlsx", *options))

    held = as_json_lines(recorded, tmp_path, *options)
    assert heading == list(held[0])
    assert rows == [[str(value) for value in each.values() if value is not None] for each in held]


def test_far_from_the_hub_they_hold_the_same(recorded: ASite, tmp_path: Path) -> None:
    far = an_account_far_from_the_hub(recorded, tmp_path)

    tables = (parquet.read_table(exported(site, tmp_path, "parquet")).to_pylist() for site in (far, recorded))
    sheets = (sheet_of(exported(site, tmp_path, "xlsx")) for site in (far, recorded))

    assert next(tables) == next(tables)
    assert next(sheets) == next(sheets)


@pytest.mark.parametrize(("form", "missing"), [("parquet", "pyarrow"), ("xlsx", "xlsxwriter")])
def test_without_its_library_a_form_is_refused_before_the_hub_is_asked(
    site: ASite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, missing: str
) -> None:
    monkeypatch.delitem(sys.modules, f"doorctl.cli.evidence.export_{form}", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)

    result = site.admin("audit", "export", "--format", form, "--out", str(tmp_path / "all"))

    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert f"--format {form} needs {missing}: pip install 'doorctl[export]'" in result.stderr


class ATerminal(io.StringIO):
    """What somebody watches."""

    def isatty(self) -> bool:
        return True


FORMS = pytest.mark.parametrize("options", [["--proof"], ["--format", "csv", "--out"]], ids=str)


@FORMS
def test_on_a_terminal_progress_is_seen(
    recorded: ASite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := ATerminal())

    app(
        ["audit", "export", *options, str(tmp_path / "all"), "--config", str(recorded.admin_toml)],
        standalone_mode=False,
    )

    assert BAR in COLOURS.sub("", terminal.getvalue())


@FORMS
def test_off_a_terminal_there_is_no_progress(recorded: ASite, tmp_path: Path, options: list[str]) -> None:
    result = recorded.admin("audit", "export", *options, str(tmp_path / "all"))

    assert (result.exit_code, result.stderr) == (0, "")
