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
)
