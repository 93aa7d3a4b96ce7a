"""Attacks on what an export shows of records, where they end, and who is in them."""

from tests.mutations.attack import Attack

_FILE = "doorctl/audit/verify_doorlog.py"
_RECORDS = "tests/audit/test_doorlog_attacks.py::test_it_is_found_and_the_first_bad_record_is_named"
_RUBBISH = "tests/audit/test_doorlog_rubbish.py::"
_SIGNED = "tests/audit/test_doorlog_forgeries.py::test_a_forgery_is_found_and_named"
_DROPS = "tests/audit/test_doorlog_retention.py::test_a_hub_cannot_drop"
_SAW = '            match = _require(re.fullmatch(_TREE, tree), "witnesses", text, place)\n'
_GOES_ON = """\
    _require(rank > trust.rank, "trust", f"{what} is not newer than the trust before it")
    _require(changes[: len(trust.root_changes)] == trust.root_changes, "trust", f"{what} tells other changes of root")
"""

EXPORT_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "range-that-ends-early",
        f"{_RECORDS}[range ends early]",
        _FILE,
        "until is not None and _seconds(last, entry) >= until)",
        "until is not None)",
    ),
    Attack(
        "fewer-records-than-counted",
        f"{_RECORDS}[cut, leaves alone]",
        _FILE,
        '_require(count == entry.count, "records"',
        '_require(True, "records"',
    ),
    Attack(
        "more-records-than-counted",
        f"{_RECORDS}[add behind the end]",
        _FILE,
        '_require(count <= entry.count, "records"',
        '_require(True, "records"',
    ),
    Attack(
        "witness-that-says-nothing",
        f"{_RECORDS}[unreadable witness]",
        _FILE,
        _SAW,
        "            if (match := re.fullmatch(_TREE, tree)) is None:\n                continue\n",
    ),
    Attack(
        "openings-out-of-order",
        f"{_RECORDS}[openings out of order]",
        _FILE,
        "if (number, part) <= self._last:",
        "if False:",
    ),
    Attack(
        "salt-in-another-spelling",
        f"{_RECORDS}[respelled salt]",
        _FILE,
        '_require(is_salt, "openings"',
        '_require(True, "openings"',
    ),
    Attack(
        "person-revealed-without-a-commitment",
        f"{_RECORDS}[opening of no commitment]",
        _FILE,
        "if commitment != (self._personal(batch, number, part) if part else subjects[number]):",
        "if (self._personal(batch, number, part) if part else subjects[number]) not in {None, commitment}:",
    ),
    Attack(
        "proof-of-another-record",
        f"{_RECORDS}[proof of another record]",
        _FILE,
        '_require(wrong is None, "records", "numbers do not rise"',
        '_require(True, "records", "numbers do not rise"',
    ),
    Attack(
        "record-without-a-proof",
        f"{_RECORDS}[leaf without a proof]",
        _FILE,
        '_require(right, "records"',
        '_require(True, "records"',
    ),
    Attack("trust-with-another-past", f"{_SIGNED}[trust with another past]", _FILE, _GOES_ON, ""),
    Attack(
        "records-dropped-by-no-rule",
        f"{_DROPS}[by no rule]",
        _FILE,
        "return bool(self.rules) and newest",
        "return newest",
    ),
    Attack(
        "leaf-that-is-no-text",
        f"{_RECORDS}[no UTF-8]",
        _FILE,
        "facts: list[Fact] = usual.findall(block) if _is_plain(block) else []",
        "facts: list[Fact] = usual.findall(block)",
    ),
    Attack(
        "opening-that-is-no-text",
        f"{_RUBBISH}test_a_control_character_is_no_text_whoever_has_signed_it[openings]",
        _FILE,
        "found = _USUAL_OPENING.findall(block) if _is_plain(block) else []",
        "found = _USUAL_OPENING.findall(block)",
    ),
    Attack(
        "salt-in-capitals",
        f"{_RUBBISH}test_an_opening_has_one_spelling_and_one_part[in_capitals]",
        _FILE,
        "or salts.translate(None, _HEX):",
        "or salts.translate(None, _HEX + b'ABCDEF'):",
    ),
    Attack(
        "openings-of-a-block-out-of-order",
        f"{_RECORDS}[openings out of order]",
        _FILE,
        "rise = self._last[0] < number and all(map(lt, numbers, numbers[1:]))",
        "rise = True",
    ),
    Attack(
        "person-revealed-as-another-part",
        f"{_RUBBISH}test_an_opening_has_one_spelling_and_one_part[of_another_part]",
        _FILE,
        "if rise and not any(block.parts[first : self._at]) and",
        "if rise and",
    ),
)
