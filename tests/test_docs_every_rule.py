"""Every rule has its line for admins, a test of its decision, a scenario over the real processes, and a demo step."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from doorctl.demo.rules_story import RULES_STORY
from tests.rule_proofs import PROOFS, Proof
from tests.test_docs import CONFIGURATION, ROOT

_CELLS = 5
_TEST = re.compile(r"^def (test_\w+)", flags=re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
WORDS: tuple[StrEnum, ...] = (*Reason, *RecordKind, *RuleName)
STEPS = {step.tells for step in RULES_STORY}
SET_OTHERWISE = {"Rules of a newer doorctl": "an upgrade"}
"""What no command and no key sets."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of docs/every-rule.md; ``recorded`` are the words of records, reasons and alerts."""

    rule: str
    does: str
    set_by: str
    recorded: frozenset[str]
    offline: str


def lines() -> list[Line]:
    rows = [row for row in (ROOT / "docs/every-rule.md").read_text().splitlines() if row.startswith("| ")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert {len(row) for row in cells} == {_CELLS}
    return [
        Line(rule, does, set_by, frozenset(_CODE.findall(recorded)), offline)
        for rule, does, set_by, recorded, offline in cells
        if rule != "rule"
    ]


LINES = {line.rule: line for line in lines()}
EACH_LINE = pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
EACH_PROOF = pytest.mark.parametrize(("rule", "proof"), PROOFS.items(), ids=PROOFS.keys())


@cache
def texts_with_tests() -> Mapping[str, tuple[str, str]]:
    """Return by each test's name where it stands, and all that stands there."""
    texts = {file.relative_to(ROOT).as_posix(): file.read_text() for file in (ROOT / "tests").rglob("test_*.py")}
    return {name: (file, text) for file, text in texts.items() for name in _TEST.findall(text)}


def is_named(word: StrEnum, text: str) -> bool:
    return f"{type(word).__name__}.{word.name}" in text or f'"{word}"' in text


def test_every_reason_stands_with_a_rule() -> None:
    told = frozenset().union(*(line.recorded for line in LINES.values()))

    assert set(Reason) - told == set()


@EACH_LINE
def test_a_line_tells_what_is_recorded_in_words_that_there_are(line: Line) -> None:
    assert line.does
    assert line.offline
    assert line.recorded
    assert line.recorded <= set(WORDS)


@EACH_LINE
def test_a_line_names_what_sets_it(line: Line) -> None:
    keys = [word for word in _CODE.findall(line.set_by) if not word.startswith("doorctl ")]

    assert _CODE.search(line.set_by) or SET_OTHERWISE[line.rule] == line.set_by
    assert [key for key in keys if f"`{key}`" not in CONFIGURATION] == []


def test_every_rule_has_its_proof_and_no_other_does() -> None:
    assert list(PROOFS) == list(LINES)


@EACH_PROOF
def test_a_rule_is_decided_in_a_test_and_lived_through_by_real_processes(rule: str, proof: Proof) -> None:
    assert {proof.decided, proof.scenario} <= texts_with_tests().keys(), rule
    file, _ = texts_with_tests()[proof.scenario]
    assert file.startswith("tests/system/") or proof.fault


@EACH_PROOF
def test_a_scenario_looks_at_what_is_recorded(rule: str, proof: Proof) -> None:
    _, text = texts_with_tests()[proof.scenario]

    assert [word for word in WORDS if word in LINES[rule].recorded and is_named(word, text)]


@EACH_PROOF
def test_a_rule_is_shown_by_the_demo_of_a_building_or_is_a_fault(rule: str, proof: Proof) -> None:
    assert bool(proof.step) != bool(proof.fault), rule
    assert not proof.step or proof.step in STEPS
