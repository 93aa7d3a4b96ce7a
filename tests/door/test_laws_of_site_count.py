"""Laws of the site's count, in any order of movements, uploads, notes and restarts."""

from random import Random

from doorctl.audit.occupancy import Entered, KeptOccupancy, Left
from doorctl.core.areas import OUTSIDE, Occupancy
from doorctl.wire.bell import SiteOccupancy
from doorctl.wire.whereabouts import Word
from tests.core.any_order import EITHER, begin, holds_in_any_order, law, step
from tests.core.law_cases import SO_MANY
from tests.door.counted import CountedDoors, one_zone

FLOOR, ADA = "floor-3", "ada"
CONTROLLERS = (0, 1)
COUNTED = Occupancy(limits=((FLOOR, 9),))


class AnySite:
    """Two controllers with a door each into one zone, Ada, and what a hub has of her movements."""

    @begin()
    def build(self) -> None:
        self.doors = [CountedDoors(*one_zone(COUNTED)) for _ in CONTROLLERS]
        self.newest: Word | None = None
        self.last: tuple[int, int] | None = None

    def moved(self, controller: int) -> list[Entered | Left]:
        """Return what a controller has recorded of her."""
        told = (what for draft in self.doors[controller].drafts for what in draft.remembered)
        return [what for what in told if isinstance(what, Entered | Left)]

    @step(controller=CONTROLLERS, out=EITHER)
    def passes(self, controller: int, out: bool) -> None:
        """She passes a door; the next thing is a while later."""
        self.doors[controller].go(ADA, "front", out=out)
        self.last = controller, int(not out)
        for doors in self.doors:
            doors.pass_time(2)

    @step(controller=CONTROLLERS)
    def uploads(self, controller: int) -> None:
        """The hub takes what a controller has recorded; the newest word counts."""
        for what in self.moved(controller):
            if self.newest is None or what.at > self.newest.at:
                self.newest = Word(FLOOR, what.at, isinstance(what, Entered))

    @step(controller=CONTROLLERS, is_whole=EITHER)
    def is_told(self, controller: int, is_whole: bool) -> None:
        """A controller is told the whole, or a change."""
        doors, words = self.doors[controller], () if self.newest is None else (self.newest,)
        doors.book.hear(SiteOccupancy(doors.now, {ADA: words}, begins=is_whole))

    @step(controller=CONTROLLERS)
    def is_killed(self, controller: int) -> None:
        """A controller starts anew: it knows what its log remembers."""
        before, moved = self.doors[controller], self.moved(controller)
        stays = {(ADA, FLOOR if isinstance(what, Entered) else OUTSIDE): (what.at, 0) for what in moved[-1:]}
        after = CountedDoors(*one_zone(COUNTED), kept=KeptOccupancy(stays))
        after.now, after.wall, after.drafts = before.now, before.wall, before.drafts
        self.doors[controller] = after

    @step()
    def all_is_told(self) -> None:
        """Whatever was lost before, both know where she is once the hub has told them."""
        for controller in CONTROLLERS:
            self.uploads.happens(self, controller)
        for controller in CONTROLLERS:
            self.is_told.happens(self, controller, is_whole=True)
        inside = 0 if self.last is None else self.last[1]
        assert [doors.count(FLOOR) for doors in self.doors] == [(inside,), (inside,)]

    @law
    def whose_door_she_passed_last_knows_where_she_is(self) -> None:
        if self.last is not None:
            controller, inside = self.last
            assert self.doors[controller].count(FLOOR) == (inside,)


@SO_MANY
def test_where_somebody_is_by_the_site_is_where_they_went_last_in_any_order(number: int, chance: Random) -> None:
    holds_in_any_order(AnySite, number=number, chance=chance, most_steps=20)
