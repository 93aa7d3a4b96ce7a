"""A keeper that fills its policy from a snapshot, and nothing else.

``python -m benchmarks.snapshot_keeper STATE FILE`` says on standard output how many seconds of CPU time that took,
until the new policy has taken over.
"""

import sys
import time
from itertools import islice
from pathlib import Path

from benchmarks.chunk_file import HUB, SITE, payloads, read_contents
from benchmarks.far_end import say
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.process import TURN_SECONDS
from doorctl.keeper.refill import Refill
from doorctl.wire.messages import Chunk, from_text
from doorctl.wire.notes import Verifier, detach_data, open_note


def main(state: str, file: str) -> None:
    """Collect the chunks of this file as they are asked for, at the pace of the writing."""
    contents = read_contents(Path(file))
    hub = Verifier(HUB, contents.hub_key)
    store = PolicyStore(Path(state), SITE)
    started_at = time.process_time()
    refill = Refill(store, folder=Path(state), site=SITE, chance=lambda: 0.0)
    coming = payloads(Path(file), contents)
    refill.answered(contents.offer, time.monotonic())
    while not refill.tick(now := time.monotonic()):
        wanted = refill.wanted(now)
        for payload in islice(coming, wanted.chunks if wanted else 0):
            note, data = detach_data(payload)
            refill.take_chunk(from_text(open_note(note, [hub]).text, Chunk, site=SITE), data, now)
        if refill.offer is None:
            raise RuntimeError("the new policy failed")
        time.sleep(TURN_SECONDS)
    if not refill.take_over(time.monotonic()):
        raise RuntimeError("the new policy was not taken")
    say(repr(time.process_time() - started_at))
    sys.stdin.read()  # the door has gone over to the new file when this ends
    store.forget_old()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
