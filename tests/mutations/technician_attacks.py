"""Attacks by whoever is at a controller: a technician's mode that never ends, that others begin, that nobody sees."""

from tests.mutations.attack import Attack

_AT_DOORS = "tests/door/test_technician.py::"

TECHNICIAN_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "technician-for-a-week",
        f"{_AT_DOORS}test_it_is_no_longer_than_the_most[14401]",
        "doorctl/core/machines/technician.py",
        "if not 0 < seconds <= MOST_SECONDS:",
        "if not 0 < seconds:",
    ),
    Attack(
        "technician-made-longer-again-and-again",
        f"{_AT_DOORS}test_it_is_not_made_longer_while_it_runs",
        "doorctl/core/machines/technician.py",
        "return TechnicianRefusal.BEGUN_ALREADY if begun else None",
        "return None",
    ),
    Attack(
        "technician-who-never-ends",
        f"{_AT_DOORS}test_it_ends_by_itself_with_a_record",
        "doorctl/door/technician/desk.py",
        "if self._until is not None and self._monotonic() >= self._until:",
        "if False:",
    ),
    Attack(
        "technician-who-leaves-it-on",
        f"{_AT_DOORS}test_it_ends_with_whoever_began_it_and_watches",
        "doorctl/door/technician/local_socket.py",
        "        self._leave(peer)\n",
        "",
    ),
    Attack(
        "technician-who-is-another-user",
        f"{_AT_DOORS}test_only_the_user_of_the_process_and_root_are_heard",
        "doorctl/door/technician/local_socket.py",
        "if uid not in self._users or len(self._peers) >= MOST_PEERS:",
        "if len(self._peers) >= MOST_PEERS:",
    ),
    Attack(
        "technicians-socket-open-to-all",
        f"{_AT_DOORS}test_the_socket_is_open_to_its_user_alone",
        "doorctl/door/technician/local_socket.py",
        "os.fchmod(self._listener.fileno(), 0o600)",
        "os.fchmod(self._listener.fileno(), 0o666)",
    ),
    Attack(
        "technician-of-whom-no-record-tells",
        f"{_AT_DOORS}test_one_whose_record_fails_does_not_begin",
        "doorctl/door/technician/desk.py",
        "        self._is_beginning = False\n        if not isinstance(verdict, Committed):\n"
        "            peer.say(Refused(TechnicianRefusal.AUDIT_FAILED))\n            return\n"
        "        (self._begun,) = verdict.numbers\n",
        "        self._is_beginning = False\n",
    ),
    Attack(
        "technicians-release-before-its-record",
        f"{_AT_DOORS}test_a_strike_is_released_once_the_record_of_that_is_on_disk",
        "doorctl/door/technician/desk.py",
        "        self._submit([draft], partial(self._pulse_recorded, peer, door, asked))\n",
        "        self._doorways[door].open(0, reason=Reason.TECHNICIAN)\n",
    ),
    Attack(
        "technician-in-a-lockdown",
        f"{_AT_DOORS}test_a_lockdown_holds_and_an_unknown_door_is_none",
        "doorctl/core/machines/technician.py",
        "    TechnicianRefusal.LOCKDOWN: lambda pulse: pulse.locked_down,\n",
        "",
    ),
    Attack(
        "technicians-late-release",
        f"{_AT_DOORS}test_a_release_that_something_forbids_by_then_is_recorded_as_none",
        "doorctl/core/machines/technician.py",
        "    TechnicianRefusal.LATE: lambda pulse: pulse.waited_seconds > LATE_SECONDS,\n",
        "",
    ),
    Attack(
        "technician-who-copies-cards",
        f"{_AT_DOORS}test_who_watches_sees_what_happens_and_never_which_card_or_key",
        "doorctl/door/technician/live_view.py",
        'CardRead: lambda event: f"card {_kind_of(event.card)}",',
        'CardRead: lambda event: f"card {event.card}",',
    ),
    Attack(
        "technician-who-reads-pins",
        f"{_AT_DOORS}test_who_watches_sees_what_happens_and_never_which_card_or_key",
        "doorctl/door/technician/live_view.py",
        'KeyPressed: lambda _: "key",',
        'KeyPressed: lambda event: f"key {event.key}",',
    ),
    Attack(
        "technician-whom-the-hub-passes-over",
        "tests/core/test_suspicion.py::test_some_records_are_alerts_by_themselves",
        "doorctl/core/suspicion/rules.py",
        "    if not begins_pairing and seen.kind != RecordKind.TECHNICIAN_BEGAN:\n",
        "    if not begins_pairing:\n",
    ),
    Attack(
        "walk-test-that-was-never-passed",
        "tests/door/test_walk_test.py::test_a_report_that_was_changed_does_not_hold",
        "doorctl/cli/site/walk_report.py",
        "    open_note(note, [here.log_key(report.controller, here.trust())])\n",
        "",
    ),
    Attack(
        "walk-test-that-was-broken-off",
        "tests/door/test_walk_test.py::test_a_walk_test_that_is_killed_leaves_the_report_of_the_steps_before",
        "doorctl/cli/site/walk_report.py",
        "return all(step.result in (Result.PASSED, Result.SKIPPED) for step in self.steps)",
        "return all(step.result is not Result.FAILED for step in self.steps)",
    ),
    Attack(
        "walk-test-passed-by-another-door",
        "tests/door/test_walk_test.py::test_what_happens_at_another_reader_passes_no_step",
        "doorctl/cli/site/walk_test.py",
        "return record.door == step.at and (not step.reader or record.reader == step.reader)",
        "return True",
    ),
)
