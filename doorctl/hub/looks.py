"""Who looked at records: an admin's first question of each kind within an hour stands in the hub's own log.

1. To ask again within the hour is no news: a program that asks each second, or for page after page, fills no log.
2. A look is recorded when it is answered, as the question was asked; a refused one is recorded as refused.
3. What cannot be written holds no answer up: it is an alarm in the journal, and the next question is recorded.
"""

import sqlite3

from doorctl.database import transaction
from doorctl.hub.command_records import entries_of
from doorctl.hub.given_commands import HOUR_SECONDS, Outcome
from doorctl.hub.own_log import OwnLog
from doorctl.hub.rights.roles import word_of
from doorctl.journal import Level, is_worth_saying, say
from doorctl.wire.alerts import AlertsOf
from doorctl.wire.commands import Command, Verb
from doorctl.wire.occupancy_words import OccupancyOf
from doorctl.wire.privacy import PersonHeld
from doorctl.wire.questions import DigestOf, Records
from doorctl.wire.report_words import TalliesOf
from doorctl.wire.verdict import Verdict

_LOOKS = (Records, TalliesOf, AlertsOf, PersonHeld, OccupancyOf)


class Looks:
    """Remembers, since the hub has started, when who has looked."""

    def __init__(self, connection: sqlite3.Connection, own: OwnLog) -> None:
        """Write into this log."""
        self._connection = connection
        self._own = own
        self._looked: dict[tuple[str, str], int] = {}
        self._missed = 0

    def note(self, command: Command, *, at: int) -> None:
        """Record a question that was answered, if it is the first look of its kind by this admin within the hour."""
        look = command.admin, word_of(command.do)
        if not is_look(command.do) or 0 <= at - self._looked.get(look, at - HOUR_SECONDS) < HOUR_SECONDS:
            return
        try:
            with transaction(self._connection):
                self._own.append(*entries_of(command, Outcome(Verdict.DONE)), at=at)
        except sqlite3.Error as error:
            self._missed += 1
            if is_worth_saying(self._missed):
                say("look_not_recorded", Level.ALARM, missed=self._missed, why=error)
            return
        self._looked[look] = at


def is_look(do: Verb) -> bool:
    """Tell whether a question is about records; one's own digest is not."""
    return isinstance(do, _LOOKS) or (isinstance(do, DigestOf) and do.everyone)
