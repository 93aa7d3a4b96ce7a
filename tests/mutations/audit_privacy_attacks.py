"""What an erasure at the hub must not leave behind or let come back, and what retention must not drop."""

from tests.mutations.attack import Attack

_ERASE = "tests/hub/erasure/test_erase.py::"
_WAITS = "tests/hub/erasure/test_waiting.py::"
_NO_TRACE = f"{_ERASE}test_no_file_of_the_hub_holds_a_trace_of_whoever_was_erased"
_LATE = f"{_ERASE}test_a_batch_that_comes_late_does_not_bring_their_openings_back"
_FORGETS, _CLEANS, _BARS = (
    "doorctl/hub/erasure/forgetting.py",
    "doorctl/hub/erasure/sweeping.py",
    "doorctl/hub/erasure/schema.py",
)
_KEEP, _RULES = "tests/hub/test_retention.py::", "tests/hub/test_retention_rules.py::"
_CLOCKS = "tests/hub/test_retention_clocks.py::"

AUDIT_PRIVACY_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "erased-name-at-the-hub",
        _NO_TRACE,
        _FORGETS,
        "yield _FORGET_PERSON, (holder,)",
        'yield "SELECT ?", (holder,)',
    ),
    Attack(
        "erased-salt-at-the-hub",
        _NO_TRACE,
        _FORGETS,
        "yield _CLOSE, (subject_of(holder),)",
        'yield "SELECT ?", (subject_of(holder),)',
    ),
    Attack(
        "erased-card-from-when-it-was-unknown",
        _NO_TRACE,
        _FORGETS,
        "for key in sorted(_wrapped(known, ring)))",
        "for key in ())",
    ),
    Attack(
        "erased-card-under-later-keys", _NO_TRACE, _FORGETS, "for first in range(1, len(ring)):", "for first in ():"
    ),
    Attack(
        "erased-card-in-a-change",
        _NO_TRACE,
        _FORGETS,
        "yield from ((_COMPACT, (revision,)) for revision in changes)",
        "yield from ()",
    ),
    Attack(
        "erased-person-in-a-plan",
        f"{_ERASE}test_a_plan_and_a_request_that_wait_go_too",
        _FORGETS,
        "yield _FORGET_PLANS, ()",
        "yield from ()",
    ),
    Attack(
        "erased-person-in-old-pages",
        f"{_ERASE}test_what_sqlite_left_in_old_pages_goes_too",
        _CLEANS,
        'self._connection.execute("VACUUM")',
        'self._connection.execute("SELECT 1")',
    ),
    Attack(
        "erased-person-in-the-write-ahead-log",
        _NO_TRACE,
        _CLEANS,
        "if empty_wal(self._connection) or not self._has_no_snapshot():",
        "if False:",
    ),
    Attack(
        "erased-card-in-a-snapshot",
        f"{_ERASE}test_snapshots_of_before_are_removed_and_one_that_is_made_is_given_up",
        _CLEANS,
        "return self._shelf is None or self._shelf.forget_before(self._newest)",
        "return True",
    ),
    Attack(
        "erasure-that-a-restored-hub-gets-back",
        f"{_ERASE}test_an_erasure_that_a_restored_hub_gets_back_is_carried_out_anew",
        _CLEANS,
        "for (holder,) in self._connection.execute(_FETCHED_BACK).fetchall():",
        "for (holder,) in ():",
    ),
    Attack(
        "erased-opening-comes-late",
        _LATE,
        _BARS,
        "substr(new.subject, 8) IN (SELECT holder FROM erasures)",
        "substr(new.subject, 8) IN ('')",
    ),
    Attack("erased-card-comes-late", _LATE, _BARS, "(SELECT max(at) FROM erased_people) >= (", "0 > ("),
    Attack(
        "erased-change-leaves-a-keeper-behind",
        f"{_ERASE}test_who_lacks_a_change_that_told_of_their_card_is_led_on_by_a_snapshot",
        "doorctl/hub/snapshots/shelf.py",
        "if is_broken(self._connection, ask.revision):",
        "if False:",
    ),
    Attack(
        "erased-by-halves",
        f"{_ERASE}test_who_stands_in_a_signed_roster_is_not_erased_by_halves",
        "doorctl/hub/verbs/people/erasures.py",
        "if zones := zones_with_roster_of(connection, holder):",
        "if zones := list[str]():",
    ),
    Attack(
        "erased-id-for-somebody-else",
        f"{_ERASE}test_the_id_is_never_used_again",
        "doorctl/hub/verbs/people/people.py",
        "UNION ALL SELECT 1 FROM erasures WHERE holder = ?",
        "UNION ALL SELECT 1 WHERE ? IS NULL",
    ),
    Attack(
        "evidence-erased-by-no-officer",
        f"{_ERASE}test_only_an_officer_erases",
        "doorctl/hub/rights/roles.py",
        '"person-erase": _GUARDS,',
        '"person-erase": _PLANS,',
    ),
    Attack(
        "erasure-without-room-stops-the-hub",
        f"{_WAITS}test_without_room_the_database_is_not_written_anew_until_there_is",
        _CLEANS,
        "return self._disk.has_room_for(COPIES * held)",
        "return True",
    ),
    Attack(
        "erasure-stops-the-hub-each-minute",
        f"{_WAITS}test_what_fails_is_tried_ever_more_rarely",
        _CLEANS,
        "wait = min(RETRY * 2 ** min(max(self._tries - 1, 0), _MOST_DOUBLINGS), LONGEST_WAIT)",
        "wait = RETRY",
    ),
    Attack(
        "records-dropped-by-no-officer",
        f"{_KEEP}test_only_an_officer_says_what_goes",
        "doorctl/hub/rights/roles.py",
        '"retention-set": _GUARDS,',
        '"retention-set": _PLANS,',
    ),
    Attack(
        "records-dropped-too-early",
        f"{_KEEP}test_leaves_go_in_whole_segments_when_every_record_is_past_its_days",
        "doorctl/hub/retention_rules.py",
        "at + days * DAY_SECONDS <= now",
        "at <= now",
    ),
    Attack(
        "records-dropped-by-a-clock-that-fell-back",
        f"{_RULES}test_a_clock_that_fell_back_makes_no_record_older",
        "doorctl/hub/retention_rules.py",
        "newest = max(newest, *(at",
        "newest = max(0, *(at",
    ),
    Attack(
        "records-dropped-by-a-clock-that-was-never-set",
        f"{_RULES}test_a_record_of_a_clock_that_was_never_set_is_as_old_as_the_hub_has_it",
        "doorctl/hub/retention_rules.py",
        "for at in (record.at, record.came)",
        "for at in (record.at, record.at)",
    ),
    Attack(
        "records-dropped-before-any-clock-was-set",
        f"{_RULES}test_where_no_clock_was_ever_set_nothing_goes",
        "doorctl/hub/retention_rules.py",
        "return [at or later for at in times]",
        "return times",
    ),
    Attack(
        "records-dropped-by-a-hub-whose-clock-is-behind",
        f"{_RULES}test_what_the_hub_took_in_at_a_time_that_is_still_to_come_stays_alone",
        "doorctl/hub/retention_rules.py",
        "record.came if record.came > now else at",
        "at",
    ),
    Attack(
        "records-dropped-that-nothing-vouches-for",
        f"{_CLOCKS}test_what_no_cosigned_record_covers_stays",
        "doorctl/hub/retention.py",
        "LIMIT 1\n), :now) END",
        "LIMIT 1\n), 0) END",
    ),
    Attack(
        "pass-of-retention-before-the-hubs-own-records",
        f"{_CLOCKS}test_a_pass_waits_while_the_clock_is_behind_the_hubs_own_records",
        "doorctl/hub/retention.py",
        "is_behind = newest is not None and newest > now",
        "is_behind = False",
    ),
    Attack(
        "rule-of-retention-taken-back-by-no-officer",
        f"{_KEEP}test_only_an_officer_says_what_goes",
        "doorctl/hub/rights/roles.py",
        '"retention-remove": _GUARDS,',
        '"retention-remove": _PLANS,',
    ),
    Attack(
        "records-dropped-by-a-rule-that-was-taken-back",
        f"{_KEEP}test_a_pass_that_runs_goes_on_by_the_rules_that_an_officer_has_set_since",
        "doorctl/hub/retention.py",
        "if rules_of(self._connection) != done.rules:",
        "if False:",
    ),
    Attack(
        "records-dropped-by-the-rules-of-a-backup",
        f"{_KEEP}test_after_a_restore_nothing_goes_on_that_day_and_the_next",
        "doorctl/hub/retention.py",
        "if self._is_behind(now) or self._was_restored(day):",
        "if self._is_behind(now):",
    ),
    Attack(
        "another-record-in-the-place-of-a-dropped-one",
        f"{_KEEP}test_what_was_sent_before_is_still_the_same_record_and_another_is_a_fork",
        "doorctl/hub/ingest.py",
        "if known != again:",
        "if False:",
    ),
)
