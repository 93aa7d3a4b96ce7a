"""What a keeper keeps on disk, opened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from doorctl.config import ControllerTable
from doorctl.keeper.card_ring import CardRing
from doorctl.keeper.controller import Controller
from doorctl.keeper.erasing import Erasing
from doorctl.keeper.fork_mark import ForkMark
from doorctl.keeper.kept_notes import KeptNotes
from doorctl.keeper.kept_trust import KeptTrust
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.refill import Refill
from doorctl.keeper.word_counter import WordCounter
from doorctl.keys.identity import decode_public
from doorctl.places import StateFile


@dataclass(frozen=True, slots=True)
class Possessions:
    """What lies in a keeper's ``state_dir``, but for the log, which is the door's."""

    trust: KeptTrust
    store: PolicyStore
    kept: KeptNotes
    fork: ForkMark
    ring: CardRing
    refill: Refill
    words: WordCounter
    erasing: Erasing

    def close(self) -> None:
        """Let go of the databases, in good order."""
        self.refill.close()
        self.kept.close()
        self.store.close()


def open_possessions(
    table: ControllerTable,
    controller: Controller,
    state_dir: Path,
    *,
    chance: Callable[[], float],
    clock: Callable[[], datetime],
) -> Possessions:
    """Open all of it; ``chance`` gives numbers in [0, 1). Raises KeyFileError, OSError and PolicyUnavailable."""
    roots = [decode_public(key) for key in table.root_keys]
    store = PolicyStore(state_dir, table.site)
    kept = KeptNotes(state_dir / StateFile.KEPT_NOTES)
    refill = Refill(store, folder=state_dir, site=table.site, chance=chance)
    return Possessions(
        trust=KeptTrust(state_dir / StateFile.TRUST, site=table.site, root_keys=roots),
        store=store,
        kept=kept,
        fork=ForkMark(state_dir / StateFile.FORK_MARK),
        ring=CardRing(controller.card_keys, controller.identity.box),
        refill=refill,
        words=WordCounter(state_dir / StateFile.WORD_COUNTER, clock=clock),
        erasing=Erasing(store, kept, refill, folder=state_dir),
    )
