"""What controllers have asked lately: a question counts once, and one answer serves all who lack the same.

Whoever recorded a question can say it again at any time: it would make the hub publish what nobody lacks, as often
as they like, and a controller that is dead look alive. A keeper that asks again has a fresh nonce.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from doorctl.errors import Refused
from doorctl.messages import Ask

NONCES_KEPT = 2048
"""So many questions of each controller are remembered: more than a day of them, at one a minute."""
SHARED = timedelta(seconds=0.5)
"""How long what was given counts as given to all; a keeper that missed it asks again a second later."""


class Asks:
    """The memory for questions, since the hub started."""

    def __init__(self) -> None:
        """Begin with no question."""
        self._nonces: dict[str, OrderedDict[str, None]] = {}
        self._given: dict[tuple[int, int], datetime] = {}

    def take(self, ask: Ask) -> None:
        """Remember a question whose signature is verified. Raises Refused ``repeated-ask``."""
        known = self._nonces.setdefault(ask.controller, OrderedDict())
        if ask.nonce in known:
            raise Refused("repeated-ask", "this question was asked before: somebody repeats what was recorded")
        known[ask.nonce] = None
        if len(known) > NONCES_KEPT:
            known.popitem(last=False)

    def is_due(self, after: int, newest: int, at: datetime) -> bool:
        """Tell whether to publish these revisions to all now; a clock that jumps back makes it so."""
        self._given = {what: since for what, since in self._given.items() if since <= at < since + SHARED}
        if (after, newest) in self._given:
            return False
        self._given[after, newest] = at
        return True
