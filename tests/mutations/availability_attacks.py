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
)
