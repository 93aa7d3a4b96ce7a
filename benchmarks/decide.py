"""What the rules of a building cost a decision: facts, decision and what is remembered, with them and without.

``python -m benchmarks.decide [--json] [--check] [--credentials 2000000] [--decisions 2000]``

From the card to the strike, at a door that asks for everything there is: every rule of ``doorctl.core.decision``
looks at something and lets pass (``ruled_site.py``, ``asked_door.py``). One who works there comes with a guard, then
a guest behind a host who has just come in. The floor is the same card at a door whose policy has the same credentials
and no rules. All in turn. A record is written by each decision, but not signed, and nothing is flushed.
"""

import argparse
import gc
import random
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.asked_door import AskedDoor, Took, before
from benchmarks.command_line import a_parser, run
from benchmarks.figures import Figures, progress, time_figures
from benchmarks.ruled_site import FRONT, VAULT, People, RuledSite, write_site
from benchmarks.targets import missed_decisions


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code."""
    options = _parser().parse_args(arguments)
    return run(
        lambda folder: measure(folder, options.credentials, options.decisions), options, missed=missed_decisions
    )


def measure(folder: Path, credentials: int, decisions: int) -> Iterator[Figures]:
    """Decide in turn at both doors."""
    progress(f"writing two policies with {credentials:,} credentials")
    site = write_site(folder, credentials)
    with closing(AskedDoor(site, site.bare, FRONT)) as front, closing(AskedDoor(site, site.ruled, VAULT)) as vault:
        gc.collect()
        gc.freeze()  # as a door does at its start
        took = _decide_in_turn(site, front, vault, decisions)
    for who in ("staff", "guest"):
        yield _figures(f"all rules, {who}, {credentials:,} credentials", took[VAULT, who], took[FRONT, who])


def _decide_in_turn(
    site: RuledSite, front: AskedDoor, vault: AskedDoor, decisions: int
) -> dict[tuple[str, str], list[Took]]:
    """Return how long decisions took, by the door and who came."""
    chance, people = random.Random(1), site.people
    took: dict[tuple[str, str], list[Took]] = {
        (door, who): [] for door in (FRONT, VAULT) for who in ("staff", "guest")
    }
    for done in range(decisions):
        progress(f"{done} of {decisions} decisions")
        for who, number in (("staff", chance.choice(people.staff)), ("guest", chance.choice(people.guests))):
            for name, door in chance.sample(((FRONT, front), (VAULT, vault)), 2):
                took[name, who].append(let_in(door, people, number))
    return took


def let_in(door: AskedDoor, people: People, number: int) -> Took:
    """Let somebody in at a door to which the others have just come; return how long that one took."""
    door.anew()
    for other in before(people, number):
        door.let_in(other)
    took = door.let_in(number)
    assert took is not None, door.asked(number).decision
    return took


def _figures(case: str, values: Sequence[Took], floors: Sequence[Took]) -> Figures:
    cpu = {
        f"{name}cpu_ms": round(statistics.median(it.cpu for it in took) * 1000, 3)
        for name, took in (("", values), ("floor_", floors))
    }
    return time_figures(case, [it.wall for it in values], [it.wall for it in floors], **cpu)


def _parser() -> argparse.ArgumentParser:
    parser = a_parser("decide", __doc__)
    parser.add_argument("--credentials", type=int, default=2_000_000, help="how many each policy has")
    parser.add_argument("--decisions", type=int, default=2000, help="how many of each kind are made at each door")
    return parser


if __name__ == "__main__":
    sys.exit(main())
