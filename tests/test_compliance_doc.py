"""docs/compliance.md has a row for every requirement, and each row names what is there: records, settings, tests.

Nothing is promised here: a command counts as there when it is. Links and files are held for all documents alike
(test_docs.py).
"""

import re
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from doorctl.audit.leaf import Leaf
from doorctl.cli.site.status import LOG_ALARMS
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from doorctl.hub.refusals import ALARMS
from doorctl.hub.rights.roles import RIGHTS
from doorctl.policy.rows import ZoneRow
from doorctl.tally import ALARMING
from tests.test_docs import CONFIG_STRUCTS
from tests.test_docs_commands import OPTIONS, mentions_in, what_is_wrong_with

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs/compliance.md").read_text()
PROVEN, OPEN = {"met", "partly"}, {"partly", "site", "not met"}

REQUIREMENTS = {
    "PCI DSS 4.0.1": [
        *("9.2.1", "9.2.1.1", "9.2.2", "9.2.3", "9.2.4", "9.3.1", "9.3.1.1", "9.3.2", "9.3.3", "9.3.4"),
        *("10.2.1", *(f"10.2.1.{part}" for part in range(1, 8)), "10.2.2", "10.3.1", "10.3.2", "10.3.3", "10.3.4"),
        *("10.4.1", "10.4.1.1", "10.4.2", "10.4.2.1", "10.4.3", "10.5.1"),
        *("10.6.1", "10.6.2", "10.6.3", "10.7.1", "10.7.2", "10.7.3"),
    ],
    "ISO/IEC 27001:2022, Annex A": ["A.7.2", "A.7.4", "A.8.15", "A.8.17"],
    "EN 60839-11-1": [
        *("access granted", "not entered", "access denied", "expired token", "forced", "held", "release time"),
        *("short inputs", "egress", "override", "tamper", "communication fault, reader", "communication fault, hub"),
        *("decides alone", "nothing opens by a fault", "power fault", "log without power", "clock", "configuration"),
        *("duress", "memorised code", "two persons", "interlock", "anti-passback", "number of persons"),
        *("shared networks", "reader lines", "token"),
    ],
    "NIST SP 800-53, revision 5": [*(f"AU-{number}" for number in range(2, 13)), "PE-2", "PE-3", "PE-6", "PE-8"],
    "GDPR": ["5(1)(c)", "5(1)(e)", "15", "17", "25", "30", "32", "CNIL, three months"],
}
_LINE = re.compile(r"^\| (.*)\|$", flags=re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement: its number or name, what it asks for, how far it is met, how, by which test, what is left."""

    number: str
    requirement: str
    status: str
    how: str
    tests: str
    left: str


def rows_of(standard: str) -> list[Row]:
    """Read the first table below a standard's heading."""
    section = TEXT.partition(f"\n## {standard}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    _, *lines = _LINE.findall(section)
    return [Row(*map(str.strip, line.split("|"))) for line in lines]


def source_of(path: str) -> str:
    """Read a file of the repository, empty where there is none."""
    return (ROOT / path).read_text() if (ROOT / path).is_file() else ""


def words() -> set[str]:
    """Collect the words that a row may name: of records, reasons, settings, alarms, commands' verbs and options."""
    structs: list[type[msgspec.Struct]] = [*CONFIG_STRUCTS, Leaf, ZoneRow]
    fields = {field.name for struct in structs for field in msgspec.structs.fields(struct)}
    verbs = {word.partition(" ")[0] for word in RIGHTS}
    options = set().union(*OPTIONS.values())
    return {*RecordKind, *Reason, *Outcome, *RuleName, *ALARMS, *ALARMING, *LOG_ALARMS, *fields, *verbs, *options}


ROWS = [row for standard in REQUIREMENTS for row in rows_of(standard)]
WORDS = words()

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)


@pytest.mark.parametrize("standard", REQUIREMENTS)
def test_every_requirement_has_one_row_and_the_page_has_no_other(standard: str) -> None:
    assert [row.number for row in rows_of(standard)] == REQUIREMENTS[standard]


@every_row
def test_what_is_called_met_is_shown_and_what_is_not_says_what_is_left(row: Row) -> None:
    assert row.status in {*PROVEN, *OPEN, "n/a"}
    assert bool(row.how and row.tests) or row.status not in PROVEN
    assert row.left or row.status not in OPEN


@every_row
def test_every_command_that_a_row_names_is_there(row: Row) -> None:
    mentions = mentions_in(f"{row.how} {row.left}")

    assert [mention for mention in mentions if what_is_wrong_with(mention)] == []


@every_row
def test_every_word_that_a_row_calls_code_is_one(row: Row) -> None:
    named = [word for cell in (row.how, row.left) for word in _CODE.findall(cell) if not word.startswith("doorctl ")]

    assert [word for word in named if word not in WORDS and not (ROOT / word).is_file()] == []


@every_row
def test_every_test_that_a_row_names_is_there(row: Row) -> None:
    named = [each.partition("::") for each in _CODE.findall(row.tests)]

    assert [path for path, _, _ in named if not path.startswith("tests/")] == []
    assert [
        f"{path}::{function}"
        for path, _, function in named
        if not re.search(rf"^ *def {re.escape(function) or r'test_[a-z0-9_]+'}\(", source_of(path), re.MULTILINE)
    ] == []
