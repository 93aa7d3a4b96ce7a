"""Attacks on what a controller witnesses of the hub's log, on its upload, and on what an erasure is to remove."""

from tests.mutations.attack import Attack

_SEEN, _SEEN_FILE = "tests/keeper/test_hub_log.py::", "doorctl/keeper/hub_log.py"
_COSIGNED, _COSIGNED_FILE = "tests/keeper/test_cosigned.py::", "doorctl/keeper/cosigned.py"
_ASIDE, _ASIDE_FILE = "tests/keeper/test_aside_logs.py::", "doorctl/keeper/aside_logs.py"
_ERASING, _ERASING_FILE = "tests/keeper/test_erasing.py::", "doorctl/keeper/erasing.py"
_STORE_FILE = "doorctl/keeper/policy_store.py"
_FOLLOWS = (
    "if not follows(proof, old=ack.hub_since, old_root=old_root, size=told.size, root=bytes.fromhex(told.root)):"
)
_NO_TRACE = f"{_ERASING}test_after_an_erasure_no_file_holds_a_card_of_that_holder"

AUDIT_SYNC_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "hub-log-rewritten",
        f"{_SEEN}test_a_root_that_does_not_follow_is_a_fork_with_both_checkpoints",
        _SEEN_FILE,
        _FOLLOWS,
        "if False:",
    ),
    Attack(
        "hub-log-without-a-proof", f"{_SEEN}test_without_a_proof_nothing_follows", _SEEN_FILE, _FOLLOWS, "if False:"
    ),
    Attack(
        "hub-log-proven-from-elsewhere",
        f"{_SEEN}test_a_proof_from_another_size_than_it_says_is_a_fork",
        _SEEN_FILE,
        _FOLLOWS,
        "if False:",
    ),
    Attack(
        "hub-log-cut-short",
        f"{_SEEN}test_a_hub_that_answers_what_we_know_with_less_has_lost_its_log",
        _SEEN_FILE,
        _FOLLOWS,
        "if False:",
    ),
    Attack(
        "hub-log-with-another-root",
        f"{_SEEN}test_another_root_at_the_same_size_is_a_fork_whatever_is_said_of_it",
        _SEEN_FILE,
        "elif told.root != self.seen.root:",
        "elif False:",
    ),
    Attack(
        "hub-log-by-an-older-proof",
        f"{_SEEN}test_one_of_several_on_their_way_is_checked_and_moves_nothing",
        _SEEN_FILE,
        "if ack.hub_since == self.seen.size:",
        "if True:",
    ),
    Attack(
        "hub-log-hidden",
        f"{_SEEN}test_a_hub_that_proves_nothing_for_a_quarter_of_an_hour_is_told_of",
        _SEEN_FILE,
        "if now - self._proven_at > UNPROVEN_SECONDS:",
        "if False:",
    ),
    Attack(
        "hub-log-of-an-epoch-before",
        f"{_SEEN}test_a_higher_epoch_is_taken_and_a_lower_one_refused",
        _SEEN_FILE,
        "if told.epoch < self.seen.epoch and self._is_by(hub):",
        "if False:",
    ),
    Attack(
        "old-acknowledgement-that-cries-fork",
        f"{_SEEN}test_an_old_acknowledgement_played_again_is_no_fork",
        _SEEN_FILE,
        "else self._named.get((self.seen.epoch, size))",
        "else self.seen.root",
    ),
    Attack(
        "hub-fork-forgotten-by-a-restart",
        f"{_SEEN}test_a_fork_outlives_a_restart_and_ends_with_a_higher_epoch",
        _SEEN_FILE,
        "told=told.size)\n            self._store()\n",
        "told=told.size)\n",
    ),
    Attack(
        "cosignature-for-another-size",
        f"{_COSIGNED}test_a_cosignature_for_another_size_is_refused",
        "doorctl/audit/cosignature.py",
        " or not verifier.verify(cosigned_text(text, at), stamped[_TIME_BYTES:])",
        "",
    ),
    Attack(
        "cosigned-tomorrow",
        f"{_COSIGNED}test_a_cosignature_of_the_far_future_is_refused",
        _COSIGNED_FILE,
        "if at > wall + AHEAD_SECONDS:",
        "if False:",
    ),
    Attack(
        "old-cosignature-again",
        f"{_COSIGNED}test_an_old_acknowledgement_played_again_changes_nothing",
        _COSIGNED_FILE,
        "if place > self.newest:",
        "if True:",
    ),
    Attack(
        "more-than-a-cosignature",
        f"{_COSIGNED}test_a_cosignature_that_is_not_one_line_is_refused",
        _COSIGNED_FILE,
        'if not ack.cosignature.endswith("\\n") or ack.cosignature.count("\\n") != 1:',
        "if False:",
    ),
    Attack(
        "log-put-aside-and-altered",
        f"{_ASIDE}test_of_a_damaged_log_what_leads_to_a_checkpoint_arrives[a leaf]",
        _ASIDE_FILE,
        "self._good = tree.size if is_ours else self._good",
        "self._good = tree.size",
    ),
    Attack(
        "log-put-aside-that-holds-all-up",
        f"{_ASIDE}test_a_log_that_the_hub_does_not_take_waits_for_the_next_connection",
        _ASIDE_FILE,
        "elif now >= self._patient_until:",
        "elif False:",
    ),
    Attack(
        "erased-but-still-let-in",
        "tests/policy/test_apply.py::test_an_erasure_removes_every_row_of_its_holder_and_of_nobody_else",
        "doorctl/policy/apply.py",
        "if isinstance(row, ErasureRow):",
        "if False:",
    ),
    Attack(
        "erased-card-in-a-kept-note",
        _NO_TRACE,
        "doorctl/keeper/kept_notes.py",
        "if tells_of(note, holders)]",
        "if False]",
    ),
    Attack(
        "erased-card-in-a-write-ahead-log",
        _NO_TRACE,
        "doorctl/database.py",
        '"PRAGMA wal_checkpoint(TRUNCATE)"',
        '"PRAGMA wal_checkpoint(PASSIVE)"',
    ),
    Attack(
        "erased-card-in-a-free-page",
        _NO_TRACE,
        "doorctl/database.py",
        '"secure_delete = ON",',
        '"secure_delete = OFF",',
    ),
    Attack(
        "erased-card-in-a-begun-policy",
        f"{_ERASING}test_what_is_made_of_an_older_snapshot_goes_too",
        _ERASING_FILE,
        "partial(self._discard_begun, position),",
        "",
    ),
    Attack(
        "erased-card-in-an-unusable-policy",
        f"{_ERASING}test_an_unusable_policy_that_was_kept_goes_too",
        _ERASING_FILE,
        "                self._remove_broken,\n",
        "",
    ),
    Attack(
        "erased-card-kept-aside",
        f"{_ERASING}test_what_was_kept_aside_for_a_newer_doorctl_goes_too",
        _STORE_FILE,
        "forget_withheld(self._connection, holders)",
        "pass",
    ),
    Attack(
        "erased-before-the-door-let-go",
        f"{_ERASING}test_with_a_snapshot_it_waits_for_the_door_to_let_go_of_the_old_policy",
        _ERASING_FILE,
        "lambda: not self._store.has_old,",
        "",
    ),
)
