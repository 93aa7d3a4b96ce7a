"""Attacks on contacts, buttons, the fire line and housings: wires that are cut, shorted or shaken."""

from tests.mutations.attack import Attack

_MEANING = "doorctl/core/machines/inputs.py"
_AT_DOORS = "tests/door/test_inputs.py::"
_WATCH = "firmware_bridge/line_watch.py"
_OF_LINES = "tests/firmware_bridge/test_line_watch.py::"

INPUT_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "shorted-contact",
        "tests/core/test_inputs.py::test_by_a_fault_a_contact_is_lost_a_rex_not_pressed_and_nothing_burns[short]",
        _MEANING,
        "{InputRole.CONTACT: ContactLost}",
        "{}",
    ),
    Attack(
        "airlock-behind-a-cut-line",
        "tests/core/test_lost_contact.py::test_a_lost_contact_keeps_the_other_door_of_an_airlock_locked",
        "doorctl/core/machines/door.py",
        "return replace(state, contact=Contact.LOST, passage_awaited=False), ()",
        "return state, ()",
    ),
    Attack(
        "line-cut-during-a-slow-decision",
        f"{_AT_DOORS}test_while_a_card_is_decided_a_line_that_is_lost_waits_and_counts_as_open",
        "doorctl/door/doorway.py",
        "isinstance(event, ContactOpened | ContactLost)",
        "isinstance(event, ContactOpened)",
    ),
    Attack(
        "doors-opened-by-a-cut-fire-line",
        f"{_AT_DOORS}test_a_fault_of_a_line_is_recorded_and_moves_nothing[open-line]",
        _MEANING,
        "return FireStarted(now) if fault_is_fire else None",
        "return FireStarted(now)",
    ),
    Attack(
        "fire-line-that-burns-through",
        f"{_AT_DOORS}test_a_fire_line_that_burns_through_goes_on_burning",
        _MEANING,
        "FireStarted(now) if fault_is_fire else None",
        "FireStarted(now) if fault_is_fire else FireEnded(now)",
    ),
    Attack(
        "fire-forgotten-over-a-power-cut",
        f"{_AT_DOORS}test_a_fire_in_which_the_process_ended_burns_on_behind_a_line_that_tells_nothing",
        "doorctl/door/inputs/inputs.py",
        "        if self._was_burning:\n",
        "        if False:\n",
    ),
    Attack(
        "way-out-by-a-line",
        "tests/door/test_input_config.py::test_a_way_out_does_not_hang_on_a_line",
        "doorctl/door/config/mistakes.py",
        'and "bridge" in rex',
        "and False",
    ),
    Attack(
        "bridge-that-falls-silent",
        f"{_OF_LINES}test_a_line_that_is_not_read_any_more_is_silent_once",
        _WATCH,
        "if now - line.heard_at > SILENCE_SECONDS:",
        "if False:",
    ),
    Attack(
        "line-that-is-shaken",
        f"{_OF_LINES}test_a_line_that_flickers_is_unsteady_until_it_stands_still",
        _WATCH,
        "if _is_unsteady(line, now):",
        "if False:",
    ),
    Attack(
        "readings-before-the-hello",
        "tests/firmware_bridge/test_link_inputs.py::test_readings_of_a_bridge_that_has_not_joined_count_for_nothing",
        "firmware_bridge/bridge_protocol.py",
        "            return []\n        return self._lines_changed(self._lines.take(",
        "            pass\n        return self._lines_changed(self._lines.take(",
    ),
    Attack(
        "resistors-that-tell-nothing-apart",
        "tests/firmware_bridge/test_supervised_line.py::"
        "test_resistors_that_tell_nothing_apart_are_refused[1k/1k-47k-take a pull-up near]",
        "firmware_bridge/supervised_line.py",
        "if read.narrowest_gap < LEAST_GAP:",
        "if False:",
    ),
    Attack(
        "log-flooded-by-a-loose-wire",
        "tests/door/test_input_reports.py::test_a_line_that_flickers_is_recorded_seldom_counted_and_true_in_the_end",
        "doorctl/door/inputs/input_reports.py",
        "if records and not (self._room() and each.gate.admits_now(now)):",
        "if False:",
    ),
    Attack(
        "log-flooded-by-a-shaken-magnet",
        "tests/door/test_restless.py::test_a_contact_that_is_shaken_fills_no_log_and_tells_in_the_end_what_it_is",
        "doorctl/door/inputs/inputs.py",
        "self._restless.judge(name, state, now) if role == InputRole.CONTACT else state",
        "state",
    ),
    Attack(
        "fault-hidden-in-a-flood",
        "tests/door/test_input_reports.py::test_after_a_quiet_time_the_log_tells_what_is",
        "doorctl/door/inputs/input_reports.py",
        "            self._is_told(each, now)\n            self._tell_counted",
        "            self._tell_counted",
    ),
    Attack(
        "words-in-a-status",
        "tests/hub/alerts/test_input_alerts.py::"
        "test_words_of_a_controllers_own_are_neither_an_alert_nor_in_the_status",
        _MEANING,
        "return _TROUBLES.get((kind, detail))",
        "return kind, detail",
    ),
    Attack(
        "troubles-without-end",
        "tests/hub/alerts/test_input_alerts.py::test_a_controller_cannot_have_troubles_without_end_kept",
        "doorctl/hub/alerts/input_troubles.py",
        "if trouble and not connection.execute(_IS_FULL, (MOST_TROUBLES, seen.controller)).fetchone()[0]:",
        "if trouble:",
    ),
)
