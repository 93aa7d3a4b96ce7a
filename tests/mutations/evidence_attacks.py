"""Attacks by which evidence is lost, or cannot be read any more, or goes on leading to who was erased."""

from tests.mutations.attack import Attack

_VERIFIER = "doorctl/audit/verify_doorlog.py"
_RETENTION = "tests/audit/test_doorlog_retention.py::test_a_hub_cannot_drop"
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
        "tests/hub/test_ingest.py::test_an_opening_with_a_salt_of_another_length_is_refused[32-32]",
        "doorctl/hub/ingest.py",
        "if not {len(it.salt) for it in opened} <= {SALT_BYTES}:",
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
    Attack(
        "line-longer-than-is-read-at-once",
        "tests/audit/test_doorlog_bounds.py::test_a_leaf_and_an_opening_may_be_longer_than_what_is_read_at_once",
        _VERIFIER,
        "for size in (_BLOCK_BYTES, _MOST_LINE_BYTES):",
        "for size in (_BLOCK_BYTES,):",
    ),
    Attack(
        "retention-by-an-expired-command",
        f"{_RETENTION}[a command that had expired]",
        _VERIFIER,
        "set_at <= rule.expires + FUTURE_SECONDS",
        "True",
    ),
    Attack(
        "retention-by-a-rule-of-afterwards",
        f"{_RETENTION}[a rule that was set afterwards]",
        _VERIFIER,
        '_require(set_at <= drop.at, "beginning", text, drop.place)',
        "pass",
    ),
    Attack(
        "silent-by-the-hubs-word",
        "tests/audit/test_doorlog_verdict.py::"
        "test_in_an_export_of_less_than_the_hubs_log_it_alone_says_who_is_silent[range]",
        _VERIFIER,
        "has_all = check.hub_words.is_complete and",
        'has_all = export.shape != "filtered" and',
    ),
    Attack(
        "erased-but-in-an-alert",
        "tests/hub/alerts/test_whom_alerts_name.py::test_an_alert_forgets_whom_nothing_but_acts_of_admins_led_to",
        "doorctl/hub/alerts/schema.py",
        "WHEN old.subject NOT IN",
        "WHEN old.part = 0 AND old.subject NOT IN",
    ),
    Attack(
        "alert-hidden-by-a-flood",
        "tests/hub/alerts/test_watch.py::test_a_flood_of_lesser_alerts_hides_no_graver_one",
        "doorctl/hub/alerts/store.py",
        "list(Severity)[list(Severity).index(like.severity) :]",
        "list(Severity)",
    ),
    Attack(
        "rewritten-hub-log-that-calls-nobody",
        "tests/hub/alerts/test_log_alerts.py::test_a_controller_that_knows_another_log_of_the_hubs_is_an_alert",
        "doorctl/hub/alerts/seen_records.py",
        '    "hub_forked",\n',
        "",
    ),
    Attack(
        "one-fork-behind-another",
        "tests/hub/controllers/test_presence.py"
        "::test_who_knows_another_history_of_the_hubs_log_is_shown_whatever_their_policy_is[forked]",
        "doorctl/hub/controllers/followers.py",
        "            self._roll.hub_fork_said(said)\n",
        "            pass\n",
    ),
    Attack(
        "records-dropped-by-a-clock-that-was-set-ahead",
        "tests/hub/test_retention_clocks.py::test_a_pass_waits_two_days_after_the_clock_was_set_ahead",
        "doorctl/hub/retention.py",
        "        if self.doubts_clock(now):\n",
        "        if False:\n",
    ),
    Attack(
        "clock-set-ahead-unseen",
        "tests/hub/own_log/test_chronicle.py::test_the_process_records_that_its_clock_was_set",
        "doorctl/hub/process.py",
        "            self._look_at_clock()\n",
        "",
    ),
    Attack(
        "clock-set-ahead-of-a-start",
        "tests/hub/test_retention_clocks.py::test_a_pass_waits_two_days_after_a_start_beyond_a_week_of_silence",
        "doorctl/hub/chronicle.py",
        "if newest is not None and at.timestamp() - newest > LONG_SECONDS:",
        "if False:",
    ),
    Attack(
        "epoch-left-out-as-a-whole",
        "tests/audit/test_doorlog_verdict.py::test_a_log_whose_former_epoch_is_left_out_as_a_whole_says_so",
        _VERIFIER,
        'if kind == b"log_recovered":',
        'if before and kind == b"log_recovered":',
    ),
    Attack(
        "cosigned-by-a-clock-that-was-ahead",
        "tests/hub/exports/test_exports.py::test_a_cosignature_by_a_clock_that_was_ahead_is_left_out",
        "doorctl/hub/verbs/evidence/exports.py",
        " AND at <= ? THEN note",
        " AND ? > 0 THEN note",
    ),
    Attack(
        "heads-spoilt-by-a-full-disk",
        "tests/hub/anchors/test_ways.py::test_of_half_a_text_nothing_stays_in_a_file",
        "doorctl/hub/anchors/ways.py",
        "                os.ftruncate(descriptor, before)\n",
        "",
    ),
    Attack(
        "commands-forgotten-by-a-clock-that-was-set-ahead",
        "tests/hub/test_retention_clocks.py::test_nothing_else_is_forgotten_by_its_age_either_meanwhile",
        "doorctl/hub/hub.py",
        "if not self._retention.doubts_clock(int(at.timestamp())):",
        "if True:",
    ),
    Attack(
        "hubs-log-begun-again-and-again",
        "tests/hub/own_log/test_cosigning.py::test_a_former_key_makes_the_hubs_log_begin_anew_once_a_day_at_most",
        "doorctl/hub/log_desk.py",
        "heeded = self._own_keys if at >= self._heeds_former_at else self._own_keys[:1]\n",
        "heeded = self._own_keys\n",
    ),
)
