"""Frozen .doorlog files of version 1 with their verdicts: for this verifier in years, and for those of others."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from doorctl.audit.verify_doorlog import verify

SAMPLES = Path(__file__).parent.parent / "vectors" / "doorlog-1"
EXPECTED = [json.loads(line) for line in (SAMPLES / "verdicts.jsonl").read_text().splitlines()]
KINDS = {"whole", "range", "filtered", "dropped", "epochs-and-roots"}


@dataclass(frozen=True, slots=True)
class Ended:
    """What is held of a verdict; its words may change."""

    whole: bool
    step: str
    first_bad: dict[str, Any] | None


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: f"{expected['file']}-{expected['since']}")
def test_a_frozen_file_has_the_verdict_that_it_had(expected: dict[str, Any]) -> None:
    keys = [base64.urlsafe_b64decode(f"{key}=") for key in expected["keys"]]
    since = SAMPLES / expected["since"] if expected["since"] else None
    anchor = SAMPLES / expected["anchor"] if expected["anchor"] else None

    verdict = verify(SAMPLES / expected["file"], keys, at=expected["at"], since=since, anchor=anchor)

    bad = verdict.first_bad
    place = None if bad is None else {"log": bad.log, "epoch": bad.epoch, "first": bad.first, "last": bad.last}
    assert Ended(verdict.whole, verdict.step, place) == Ended(
        expected["whole"], expected["step"], expected["first_bad"]
    ), verdict.failure


def test_every_frozen_file_has_a_verdict_and_there_is_a_whole_one_of_each_kind() -> None:
    told = {expected[name] for expected in EXPECTED for name in ("file", "since", "anchor")} - {None}

    assert told == {path.name for path in SAMPLES.iterdir()} - {"verdicts.jsonl"}
    assert {expected["file"].removesuffix(".doorlog") for expected in EXPECTED if expected["whole"]} >= KINDS
