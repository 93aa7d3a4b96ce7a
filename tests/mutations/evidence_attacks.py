"""Attacks by which evidence is lost, or cannot be read any more, or goes on leading to who was erased."""

from tests.mutations.attack import Attack

_RECORDS, _OF_RECORDS = "doorctl/hub/command_records.py", "tests/hub/own_log/test_command_records.py::"

EVIDENCE_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "checkpoint-in-another-spelling",
        "tests/audit/test_checkpoint.py::test_no_checkpoint_has_a_second_spelling[leading zero]",
        "doorctl/audit/checkpoint.py",
        " or checkpoint_text(checkpoint) != text",
        "",
    ),
    Attack(
        "salt-that-no-verifier-reads",
        "tests/hub/test_ingest.py::test_an_opening_with_a_salt_of_another_length_is_refused",
        "doorctl/hub/ingest.py",
        "if any(len(it.salt) != SALT_BYTES for it in fresh.values()):",
        "if False:",
    ),
    Attack(
        "record-too-long-to-be-shown",
        f"{_OF_RECORDS}test_long_rows_go_on_in_as_many_records_as_an_answer_can_show_each",
        _RECORDS,
        " or size > MOST_ROW_BYTES",
        "",
    ),
    Attack(
        "person-too-long-to-be-shown",
        f"{_OF_RECORDS}test_a_person_with_many_rows_goes_on_in_as_many_openings_as_an_answer_can_show_each",
        _RECORDS,
        "MOST_PERSONAL_ROWS = 50",
        "MOST_PERSONAL_ROWS = 5000",
    ),
)
