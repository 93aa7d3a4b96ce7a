"""Attacks on the hub's own service: what makes it slow, fills it, or lets it break on a word."""

from tests.mutations.attack import Attack

AVAILABILITY_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "doors-by-the-thousand",
        "tests/hub/test_orders.py::test_a_controller_says_that_it_serves_no_more_doors_than_a_board_has",
        "doorctl/wire/messages.py",
        "Doors = Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_DOORS)]",
        "Doors = tuple[Name, ...]",
    ),
    Attack(
        "expired-commands-said-again",
        "tests/hub/test_settlement.py::test_a_repeat_of_a_command_that_is_over_makes_nobody_wait",
        "doorctl/hub/desk.py",
        "return None if known is None else replace(known, revision=None)",
        "return known",
    ),
    Attack(
        "each-wait-reads-all-changes",
        "tests/hub/test_settlement.py::test_telling_how_far_a_change_is_costs_no_more_where_many_changes_were_before",
        "doorctl/hub/verdicts.py",
        "FROM doors\nJOIN zones",
        "FROM doors JOIN (SELECT max(length(change)) FROM changes)\nJOIN zones",
    ),
    Attack(
        "chunks-without-end",
        "tests/hub/snapshots/test_at_the_hub.py::test_chunks_are_worth_as_much_as_notes",
        "doorctl/hub/followers.py",
        "self._shelf.chunks(ask, at, most=self._asks.notes.left(ask.controller, at))",
        "self._shelf.chunks(ask, at)",
    ),
    Attack(
        "disk-filled-by-records",
        "tests/hub/test_disk_reserve.py::test_below_half_of_the_reserve_nothing_is_added_and_whoever_leaves_is_denied",
        "doorctl/hub/hub.py",
        "self._recovery.additions_barred() or self._disk.additions_barred()",
        "self._recovery.additions_barred()",
    ),
    Attack(
        "records-on-a-full-disk",
        "tests/hub/test_disk_reserve.py::test_below_the_reserve_records_wait_at_the_controller_and_come_in_later",
        "doorctl/hub/uploads.py",
        "        self._disk.check_room()\n",
        "",
    ),
    Attack(
        "records-without-end",
        "tests/hub/test_disk_reserve.py::test_a_controller_that_begins_one_log_after_the_other_is_stopped_and_goes_on_later",
        "doorctl/hub/uploads.py",
        "if self._bytes.left(controller, at) <= 0:",
        "if False:",
    ),
    Attack(
        "suspension-that-cannot-be-stored",
        "tests/hub/test_disk_reserve.py::test_whoever_leaves_is_denied_by_orders_where_it_cannot_be_stored_and_the_admin_is_told",
        "doorctl/hub/desk.py",
        "return replace(self._refuse(request.command, refusal, at), kept=denied)",
        "return self._refuse(request.command, refusal, at)",
    ),
    Attack(
        "refused-commands-without-end",
        "tests/hub/test_given_commands.py::test_beyond_that_limit_a_refusal_is_not_remembered_and_its_admin_is_told_so",
        "doorctl/hub/desk.py",
        "        check_refusal_rate(self._connection, command.admin, at=at)\n",
        "",
    ),
    Attack(
        "claim-beyond-all-numbers",
        "tests/hub/restored/test_claims.py::test_nobody_claims_more_changes_than_a_hub_can_have_lost",
        "doorctl/hub/followers.py",
        "if revision > position.revision + MOST_AHEAD:",
        "if False:",
    ),
    Attack(
        "terminal-commanded-by-a-controller",
        "tests/hub/test_hostile_words.py::test_a_controllers_clock_is_a_word",
        "doorctl/wire/messages.py",
        '    clock: Word = ""\n',
        '    clock: str = ""\n',
    ),
    Attack(
        "answer-spoilt-by-a-controller",
        "tests/hub/test_hostile_words.py::test_what_became_of_an_order_is_told_in_words",
        "doorctl/wire/orders.py",
        '    reason: Word = ""\n    record: Count',
        '    reason: str = ""\n    record: Count',
    ),
    Attack(
        "year-of-no-calendar",
        "tests/hub/test_hostile_words.py::test_a_links_word_is_a_word_and_its_time_one_of_the_calendar",
        "doorctl/wire/link_state.py",
        "certificate_expires: UnixSeconds | None",
        "certificate_expires: int | None",
    ),
    Attack(
        "words-shown-as-they-come",
        "tests/cli/test_output.py::test_a_word_from_elsewhere_moves_no_cursor_wherever_it_is_shown",
        "doorctl/cli/output.py",
        'each if each.isprintable() or each == "\\n" else json.dumps(each)[1:-1] for each in text',
        "each for each in text",
    ),
)
