"""``doorctl card decode``: bits in, JSON out, nobody asked."""

import json
from pathlib import Path

from tests.cli.sites import run

VECTORS = Path(__file__).parent.parent / "vectors" / "wiegand_sample.jsonl"
FIELDS = ("facility_code", "card_number", "issue_level", "oem")


def test_the_sample_is_decoded_as_it_was_written() -> None:
    samples = [json.loads(line) for line in VECTORS.read_text().splitlines()]

    result = run("card", "decode", typed="".join(sample["bits"] + "\n" for sample in samples))

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["bits"] for each in found] == [sample["bits"] for sample in samples]
    assert result.exit_code == 0
    for sample, each in zip(samples, found, strict=True):
        if sample.get("disputed"):
            continue
        (match,) = [match for match in each["matches"] if match["format"] == sample["format"]]
        assert match["parity_ok"] is sample["valid"], sample
        if sample["valid"]:
            assert {name: match[name] for name in FIELDS} == {name: sample[name] for name in FIELDS}


def test_an_object_has_the_bits_the_card_and_every_match() -> None:
    result = run("card", "decode", typed="10000000100000000000000100\n")

    (found,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert list(found) == ["bits", "card", "matches"]
    assert found["card"] == "H10301:1:2"
    assert found["matches"][0] == {
        "format": "H10301",
        "facility_code": 1,
        "card_number": 2,
        "issue_level": None,
        "oem": None,
        "parity_ok": True,
    }


def test_a_length_that_no_layout_has_is_no_error() -> None:
    result = run("card", "decode", typed="101\n")

    assert json.loads(result.stdout) == {"bits": "101", "card": None, "matches": []}
    assert result.exit_code == 0


def test_a_bad_line_gets_an_error_in_its_place_and_exit_code_1() -> None:
    result = run("card", "decode", typed="10x\n\xff\n10000000100000000000000100\n")

    bad, worse, good = (json.loads(line) for line in result.stdout.splitlines())
    assert (bad["bits"], bad["error"]) == ("10x", "only 0 and 1 are bits")
    assert "error" in worse
    assert good["card"] == "H10301:1:2"
    assert result.exit_code == 1


def test_a_line_without_end_is_read_in_pieces() -> None:
    result = run("card", "decode", typed="1" * 10_000)

    assert len(result.stdout.splitlines()) == 3
