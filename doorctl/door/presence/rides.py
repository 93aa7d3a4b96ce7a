"""Who may choose a floor of one cabin and has not yet: they count where the button tells that they went.

Where no button tells, nobody knows which of the floors it was, and nobody is counted. Of several to whom a floor is
enabled each counts as having gone there with who chose it.
"""

from collections.abc import Collection, Mapping

from doorctl.door.presence.occupancy import OccupancyBook, Place


class Rides:
    """Watches one cabin for those to whom floors are enabled; used from the loop's thread alone."""

    def __init__(self, book: OccupancyBook) -> None:
        """Tell this book who went where."""
        self._book = book
        self._expected: dict[tuple[str, int | None], tuple[Place, ...]] = {}

    def expect(self, places: Mapping[str, Place | None], *, of: int | None) -> None:
        """Expect those for whom places are reserved at these floors, which this decision has enabled by now."""
        for floor, place in places.items():
            if place is not None:
                self._expected[floor, of] = (*self._expected.get((floor, of), ()), place)

    def choose(self, floor: str, *, of: int | None) -> None:
        """Count those who have chosen this floor."""
        for place in self._expected.pop((floor, of), ()):
            self._book.passed(place, of=of)

    def follow(self, enabled: Mapping[str, Collection[int | None]]) -> None:
        """Give back the places at floors that their decision no longer enables."""
        for floor, of in tuple(self._expected):
            if of not in enabled.get(floor, ()):
                for place in self._expected.pop((floor, of)):
                    self._book.give_up(place)
