"""Passing back over two controllers, a broker and a hub: the site's count denies, and after a silence our own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from doorctl.audit.leaf import Leaf
from doorctl.core.areas import Passback
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.site_count import SILENCE_SECONDS
from doorctl.demo.witness import BoardWitness, LogWitness, NotSeen
from doorctl.places import StateFile
from doorctl.wire.commands import DoorSet
from doorctl.wire.occupancy_words import ZoneOccupancySet
from tests.system.site import CARD, DECISION_SECONDS, FLOOR, UNTIL_SECONDS, RunningSite

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]
BACK = "back"
ON_A_CONTROLLER = ("keeper", "link", "readers", "door")
LIFE_SECONDS = 20.0
"""How long the newest sign of life may have been on its way."""


class Second(RunningSite):
    """Another controller of a site, with a door of its own into the same floor."""

    def __init__(self, first: RunningSite) -> None:
        self.__dict__.update(first.__dict__)
        self._children = {}
        self.folder = first.folder / "second"
        self.folder.mkdir()
        self.log = LogWitness(self.controller / "state" / StateFile.AUDIT_LOG)
        self.board = BoardWitness(self.controller / "run" / "board.sock")

    @property
    def controller(self) -> Path:
        return self.site / "second"

    @property
    def controller_config(self) -> Path:
        return self.controller / "controller.toml"

    def join(self, first: RunningSite) -> None:
        """Let trust name it, and start all of it."""
        (self.controller / "run").mkdir(parents=True)
        shutil.copy(first.controller_config, self.controller)
        text = self.controller_config.read_text().replace("controller-1", "controller-2")
        self.controller_config.write_text(text.replace(FLOOR, BACK).replace("server-room", "vault"))
        code = self.doorctl("join", "--config", str(self.controller_config)).strip()
        trusts = [f"--trust={self.site / place / StateFile.TRUST}" for place in ("hub/state", "admin")]
        self.doorctl("trust", "add-controller", code, "--root", str(self.site / "root-1"), *trusts)
        for name in ON_A_CONTROLLER:
            self.start(name)

    def end(self) -> None:
        """End all of it."""
        self.board.close()
        for name in ON_A_CONTROLLER:
            print(f"--- second {name} ---\n{self.said(name)[-4000:]}")
            self.stop(name)


@contextmanager
def two_controllers() -> Iterator[tuple[RunningSite, Second]]:
    with RunningSite() as first:
        first.set_up()
        first.rewrite_configs("unlock_seconds = 1.0", "unlock_seconds = 8.0")  # so long Ada has to open a door
        second = Second(first)
        try:
            second.join(first)
            first.run_everything()
            yield first, second
        finally:
            second.end()


def show_card(site: RunningSite, door: str) -> Leaf | None:
    """Present Ada's card; return the decision, if it is recorded: of refusals one a second is."""
    try:
        return site.decide(CARD, door=door, seconds=DECISION_SECONDS)
    except NotSeen:
        return None


def decides(site: RunningSite, reason: Reason, detail: str) -> bool:
    decision = show_card(site, BACK)
    return decision is not None and (decision.reason, decision.detail) == (reason, detail)


def enter(site: RunningSite) -> None:
    """Let Ada in, by a door that is opened and closed."""
    site.wait_until_it_opens()
    site.board.drive(f"{FLOOR}.contact", active=True)
    site.until(lambda: any(it.kind is RecordKind.ENTERED for it in site.log.records()), what="the entry")
    site.board.drive(f"{FLOOR}.contact", active=False)


def test_who_entered_by_one_controller_enters_by_no_other_until_that_has_heard_nothing_for_a_minute() -> None:
    with two_controllers() as (first, second):
        first.accept(DoorSet(BACK, FLOOR))
        told = first.accept(ZoneOccupancySet(FLOOR, passback=Passback.HARD))
        for site in (first, second):
            site.wait_until_applied(told.revision)
        enter(first)

        second.until(lambda: decides(second, Reason.PASSBACK, "way in, count site"), what="a denial by the site")
        second.stop("link")
        second.until(
            lambda: decides(second, Reason.GRANTED, "way in, count own"),
            what="a grant by its own count",
            seconds=SILENCE_SECONDS + LIFE_SECONDS + UNTIL_SECONDS,
        )
