"""Python's search for cycles, kept out of swipes.

It stops all threads for as long as it looks through what there is, whenever some thread has made a few hundred
things: in the middle of somebody's swipe. Reference counts free all that a swipe leaves, so the search is off once
the loop turns, and what stood then is never looked through again. Only a search gives back what Python keeps of freed
tuples (2,000 of each length): so one is made by hand after every ten thousand swipes or so. It takes less than a
millisecond, as there is next to nothing to look through.
"""

import gc
import time

from doorctl import journal

MOST_NEW_THINGS = 10_000
"""So many more things that hold others may come to be than were given back: some 0.5 MB."""


def put_search_off() -> None:
    """Search once, now, and no more by itself."""
    gc.disable()
    gc.collect()
    gc.freeze()


def search_if_many() -> None:
    """Search what came since the last time, if it is much; cycles would be a mistake of ours, and are told."""
    if gc.get_count()[0] < MOST_NEW_THINGS:
        return
    began = time.monotonic()
    found = gc.collect()
    gc.freeze()
    if found:
        journal.say("cycles_found", journal.Level.WARNING, many=found, ms=round((time.monotonic() - began) * 1000, 1))
