"""Attacks on trust, keys and records."""

from tests.mutations.attack import Attack

TRUST_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "old-trust-again",
        "tests/test_trust.py::test_a_lower_version_is_refused",
        "doorctl/trust.py",
        "if trust.version < held.version:",
        "if False:",
    ),
    Attack(
        "two-trusts-of-one-version",
        "tests/test_trust.py::test_another_trust_of_the_same_version_is_a_fork",
        "doorctl/trust.py",
        "if trust.version == held.version:",
        "if False:",
    ),
    Attack(
        "stolen-old-root",
        "tests/test_trust.py::test_a_rotated_away_root_cannot_change_the_root_elsewhere",
        "doorctl/trust.py",
        "if trust.root_changes[: len(held.root_changes)] != held.root_changes:",
        "if False:",
    ),
    Attack(
        "trust-beyond-all-versions",
        "tests/test_trust.py::test_a_change_of_the_root_outranks_a_thief_who_counted_up",
        "doorctl/trust.py",
        "if _has_changed_root_since(trust, held):",
        "if False:",
    ),
    Attack(
        "trust-that-leaps",
        "tests/test_trust.py::test_trust_that_leaps_ahead_is_refused",
        "doorctl/trust.py",
        "if leap > MOST_AHEAD:",
        "if False:",
    ),
    Attack(
        "root-change-by-the-old-alone",
        "tests/test_trust.py::test_a_change_of_the_root_that_its_new_keys_did_not_sign_is_refused",
        "doorctl/root_history.py",
        "if not _is_signed(note, trust.site, change.roots):",
        "if False:",
    ),
    Attack(
        "root-change-by-a-stranger",
        "tests/test_trust.py::test_a_rotated_away_root_cannot_change_the_root_once_more",
        "doorctl/root_history.py",
        "        elif has_begun:\n",
        "        elif False:\n",
    ),
    Attack(
        "trust-in-words-we-pass-over",
        "tests/test_trust.py::test_trust_that_needs_a_higher_level_is_not_taken",
        "doorctl/trust.py",
        "if trust.needs > FEATURE_LEVEL:",
        "if False:",
    ),
    Attack(
        "readable-key-file",
        "tests/test_keys.py::test_a_key_file_that_others_can_read_is_refused",
        "doorctl/key_files.py",
        "    if found.st_mode & _OTHERS:\n",
        "    if False:\n",
    ),
    Attack(
        "passphrase-guessed-fast",
        "tests/test_keys.py::test_a_passphrase_alone_does_not_open_the_pkcs_8_in_the_file",
        "doorctl/protected_keys.py",
        "return Scrypt(salt, 32, n=65536, r=8, p=1).derive(passphrase).hex().encode()",
        "return passphrase",
    ),
    Attack(
        "record-replaced",
        "tests/hub/test_ingest.py::test_another_record_in_an_old_batch_is_a_fork",
        "doorctl/hub/ingest.py",
        "if held_leaves(connection, log, first=first, count=repeated) != list(leaves[:repeated]):",
        "if False:",
    ),
    Attack(
        "log-with-another-root",
        "tests/hub/test_ingest.py::test_a_checkpoint_with_another_root_is_a_fork",
        "doorctl/hub/ingest.py",
        "if checkpoint.size == tree.size and checkpoint.root != tree.root:",
        "if False:",
    ),
    Attack(
        "record-about-somebody-else",
        "tests/hub/test_ingest.py::test_an_opening_that_names_somebody_else_is_refused",
        "doorctl/hub/ingest.py",
        "if opening.commitment != subjects[seq]:",
        "if False:",
    ),
    Attack(
        "acknowledged-before-it-is-held",
        "tests/keeper/test_log_upload.py::test_a_word_of_the_hub_that_cannot_be_is_refused",
        "doorctl/keeper/log_upload.py",
        "        self._check_root(ack)\n",
        "",
    ),
)
