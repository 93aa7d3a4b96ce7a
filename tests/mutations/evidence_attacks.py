"""Attacks by which evidence is lost, or cannot be read any more, or goes on leading to who was erased."""

from tests.mutations.attack import Attack

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
)
