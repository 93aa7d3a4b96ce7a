"""What became of orders: of those that open, also before a restart; of those that deny, apart and in memory alone.

To deny twice is no more than once, so nobody who orders many denials makes an order to open be forgotten. One denial
is told from another by its deed, too: two with one id are two.
"""

from collections.abc import Mapping
from typing import NamedTuple

from doorctl.audit.state import MOST_ORDERS, OrderAnswered
from doorctl.wire.bell import CarryOut
from doorctl.wire.orders import Denial


class Answered(NamedTuple):
    """The answer to an order, and the number of its record."""

    answer: OrderAnswered
    record: int


_Key = tuple[str, Denial | None]


def key_of(order: CarryOut) -> _Key:
    """Return what tells an order from every other one."""
    return order.id, order.deed if isinstance(order.deed, Denial) else None


class OrderMemory:
    """So many answers to either sort of order."""

    def __init__(self, opened: Mapping[str, tuple[OrderAnswered, int]]) -> None:
        """Go on with what the log remembers."""
        self._opening: dict[_Key, Answered] = {(id_, None): Answered(*known) for id_, known in opened.items()}
        self._denying: dict[_Key, Answered] = {}

    def find(self, order: CarryOut) -> Answered | None:
        """Return what became of an order, None for one that was not answered yet."""
        return self._kept_with(order).get(key_of(order))

    def put(self, order: CarryOut, answered: Answered) -> None:
        """Remember what became of an order."""
        kept = self._kept_with(order)
        kept[key_of(order)] = answered
        while len(kept) > MOST_ORDERS:
            kept.pop(next(iter(kept)))

    def _kept_with(self, order: CarryOut) -> dict[_Key, Answered]:
        return self._denying if isinstance(order.deed, Denial) else self._opening
