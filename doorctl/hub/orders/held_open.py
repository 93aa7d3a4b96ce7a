"""Which doors somebody has ordered to be held open, from the memory of the commands that were given.

A door may have secured itself since (a lockdown, the end of its process, the suspension of who ordered it): this is
what was ordered, not what a strike does.
"""

import sqlite3

from doorctl.core.rules.order_rules import MAX_HOLD_OPEN_SECONDS

_ORDERED = """
SELECT about FROM given_commands WHERE verb IN ('hold-open', 'hold-open end') AND verdict = 'accepted' AND at > ?
ORDER BY at, position
"""


def doors_held_open(connection: sqlite3.Connection, *, at: int) -> dict[str, int]:
    """Return until when each door was last ordered to stay open, in Unix seconds, where that is to come."""
    untils: dict[str, int] = {}
    for (about,) in connection.execute(_ORDERED, (at - MAX_HOLD_OPEN_SECONDS,)):
        asked = dict(word.partition("=")[::2] for word in about.split())
        if asked.get("until", "").isdecimal():  # an older hub did not note it
            untils[asked.get("door", "")] = int(asked["until"])
    return {door: until for door, until in untils.items() if until > at}
