"""Attacks by a file that one program reads in one way and another in another, or that says more than was checked."""

from tests.mutations.attack import Attack

_FILE = "doorctl/audit/verify_doorlog.py"
_SPELLINGS = "tests/audit/test_doorlog_spellings.py::"
_RESPELLED = f"{_SPELLINGS}test_another_spelling_of_the_same_is_refused"
_FORGERY = "tests/audit/test_doorlog_forgeries.py::test_a_forgery_is_found_and_named"
_DROPPED = "tests/audit/test_doorlog_retention.py::test_a_hub_cannot_drop"

SPELLING_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "opening-in-utf-16",
        f"{_RESPELLED}[opening in UTF-16]",
        _FILE,
        "text = data.decode() if isinstance(data, bytes) else data",
        "text = data",
    ),
    Attack(
        "line-that-is-no-hash",
        f"{_RESPELLED}[line that is no hash]",
        _FILE,
        '_require(len(texts) == len(lines), "container"',
        '_require(True, "container"',
    ),
    Attack(
        "signature-with-loose-bits",
        f"{_RESPELLED}[loose bits in a signature]",
        _FILE,
        "raw and base64.b64encode(raw) == text",
        "raw",
    ),
    Attack(
        "range-ended-by-a-time-in-another-spelling",
        f'{_SPELLINGS}test_a_time_in_another_spelling_ends_no_range[Z\\"-"]',
        _FILE,
        "if re.fullmatch(_MOMENT, at) else None",
        "if at else None",
    ),
    Attack(
        "range-asked-for-until-the-end-of-time",
        f"{_SPELLINGS}test_a_range_is_asked_for_by_whole_numbers_alone[1180591620717411303424]",
        _FILE,
        "None if asked.get(name) is None else _get(asked, name, int)",
        "asked.get(name)",
    ),
    Attack(
        "range-spoilt-by-a-clock-that-is-no-word",
        f"{_SPELLINGS}test_a_clock_that_is_no_word_was_not_set[{{}}]",
        _FILE,
        "isinstance(clock, str) and clock in TRUSTED_CLOCKS",
        "clock in TRUSTED_CLOCKS",
    ),
    Attack(
        "section-without-a-bound",
        f"{_SPELLINGS}test_a_section_that_is_read_as_a_whole_has_a_bound",
        _FILE,
        '_require(length <= _MOST_BYTES, "container"',
        '_require(True, "container"',
    ),
    Attack(
        "bytes-behind-the-end",
        f"{_FORGERY}[something behind the index]",
        _FILE,
        '_require(file.read(1) == b"", "container"',
        '_require(True, "container"',
    ),
    Attack(
        "section-twice",
        f"{_FORGERY}[section twice]",
        _FILE,
        '_require(name not in self.sections, "container"',
        '_require(True, "container"',
    ),
    Attack(
        "index-by-a-stranger",
        f"{_FORGERY}[index by a stranger]",
        _FILE,
        '_require(is_signed, "container"',
        '_require(True, "container"',
    ),
    Attack(
        "two-inventories",
        f"{_FORGERY}[log twice]",
        _FILE,
        '_require(len(logs) == len(entries), "container"',
        '_require(True, "container"',
    ),
    Attack(
        "filtered-export-called-whole",
        f"{_FORGERY}[filter of a whole export]",
        _FILE,
        '_require(is_all, "container"',
        '_require(True, "container"',
    ),
    Attack(
        "shorter-than-the-index-says",
        f"{_FORGERY}[another size in the index]",
        _FILE,
        '_require(fits, "checkpoints", f"{what} is of another site',
        '_require(True, "checkpoints", f"{what} is of another site',
    ),
    Attack(
        "proofs-of-no-leaf",
        f"{_FORGERY}[proofs of no leaf]",
        _FILE,
        '_require(next(proofs, None) is None, "records"',
        '_require(True, "records"',
    ),
    Attack(
        "note-of-another-kind-as-trust",
        f"{_FORGERY}[trust that is another note]",
        _FILE,
        'lines[0] == b"doorctl/v1/" + kind.encode()',
        "True",
    ),
    Attack(
        "exported-trust-that-is-older",
        f"{_FORGERY}[older trust behind newer]",
        _FILE,
        '_require(rank > trust.rank, "trust"',
        '_require(True, "trust"',
    ),
    Attack(
        "exported-root-changed-by-the-old-root-alone",
        f"{_FORGERY}[root changed by the old root alone]",
        _FILE,
        '_require(is_taken, "trust"',
        '_require(True, "trust"',
    ),
    Attack(
        "exported-root-changed-by-a-stranger-then",
        f"{_FORGERY}[root changed by a stranger, then]",
        _FILE,
        '_require(not has_begun, "trust"',
        '_require(True, "trust"',
    ),
    Attack(
        "exported-root-changes-out-of-order",
        f"{_FORGERY}[root changes out of order]",
        _FILE,
        '_require(change.get("number") == number, "trust"',
        '_require(True, "trust"',
    ),
    Attack(
        "exported-root-that-no-change-named",
        f"{_FORGERY}[other roots than the last change]",
        _FILE,
        '_require(not changes or said.get("roots") == named, "trust"',
        '_require(True, "trust"',
    ),
    Attack(
        "leaf-of-a-later-version",
        "tests/audit/test_doorlog_attacks.py"
        "::test_it_is_found_and_the_first_bad_record_is_named[a leaf of a later version]",
        _FILE,
        '_require(version == 1, "records"',
        '_require(True, "records"',
    ),
    Attack(
        "record-of-a-log-that-is-not-the-speakers-to-tell",
        "tests/audit/test_doorlog_hub_roots.py"
        "::test_the_hub_speaks_of_controllers_logs_alone_and_they_of_the_hubs[pi-1-hub_root-pi-2]",
        _FILE,
        '_require((of[0] == HUB) != (entry.log == HUB), "witnesses"',
        '_require(True, "witnesses"',
    ),
    Attack(
        "retention-by-a-strangers-note",
        f"{_DROPPED}[by a stranger's note]",
        _FILE,
        '_require(opened.signers, "beginning"',
        '_require(True, "beginning"',
    ),
    Attack(
        "retention-by-another-command",
        f"{_DROPPED}[by another command]",
        _FILE,
        '_require(do.get("verb") == "retention-set", "beginning"',
        '_require(True, "beginning"',
    ),
    Attack(
        "retention-by-a-rule-of-another-site",
        f"{_DROPPED}[by a rule of another site]",
        _FILE,
        '_require(said.get("site") == site, "container"',
        '_require(True, "container"',
    ),
    Attack(
        "retention-with-another-beginning",
        f"{_DROPPED}[with another frontier]",
        _FILE,
        '_require(fits, "beginning", "the retention note and',
        '_require(True, "beginning", "the retention note and',
    ),
    Attack(
        "export-that-goes-on-from-another-site",
        "tests/audit/test_doorlog_since.py"
        "::test_an_older_export_of_another_site_proves_nothing_though_its_keys_and_records_are_the_same",
        _FILE,
        '    _require(new.site == old.site, "older export", f"it is of another site, {old.site}")\n',
        "",
    ),
)
