"""Planning a whole site of 10,000 people: reading the file, comparing it, and all of it, each beside its floor.

``python -m benchmarks.plan [--json] [--check] [--people 10000] [--no-hub]``

* Reading: site.yaml to a state; the floor is PyYAML's C parser alone, without the collector of cycles, too.
* Comparing: the state of the file with that of the hub, to steps and to who gains and loses; the floor compares
  10,000 cards in two plain dictionaries.
* The whole command: ``doorctl plan site.yaml`` from the start of its process to its end, at a hub that holds the
  people, behind mosquitto; the floor is a Python that starts, imports PyYAML and parses the same file.
"""

import gc
import resource
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from benchmarks.command_line import a_parser, run
from benchmarks.figures import Figures, progress, time_figures
from benchmarks.planned_site import PlannedSite, only_parse
from benchmarks.targets import missed_plans
from doorctl.core.model import ZoneKind
from doorctl.site.access import door_changes
from doorctl.site.differences import Differences
from doorctl.site.mistakes import Mistakes
from doorctl.site.reading import Reading, cards_in, entries_of
from doorctl.site.site_yaml import entries_from, written_entries
from doorctl.site.state import GROUP, CardState, PersonState, SiteState, Subject, Terms, ZoneState
from doorctl.uncollected import uncollected

PEOPLE = 10_000
RUNS = 7
WHOLE_RUNS = 5
CHANGED = 20
FLOORS, GROUPS = 20, 50
UTC = ZoneInfo("UTC")


def a_site(people: int, *, changed: int) -> SiteState:
    """Make a site; of its people, every ``changed``-th is in another group."""
    groups = [f"team-{number}" for number in range(GROUPS)]
    return SiteState(
        people={
            f"person-{number}": PersonState(
                f"Person {number}",
                groups=frozenset({groups[(number + (number % changed == 0)) % GROUPS]}),
                cards={f"{number:064x}": CardState()},
            )
            for number in range(people)
        },
        groups=frozenset(groups),
        zones={f"floor-{number}": ZoneState(ZoneKind.FLOOR) for number in range(FLOORS)},
        doors={f"door-{number}": f"floor-{number % FLOORS}" for number in range(3 * FLOORS)},
        schedules={},
        holidays=frozenset(),
        grants={
            (Subject(GROUP, group), f"floor-{(number + shift) % FLOORS}"): frozenset({Terms()})
            for number, group in enumerate(groups)
            for shift in range(3)
        },
        holders={f"person-{number}": f"{number:016x}" for number in range(people)},
    )


def comparing(people: int) -> Figures:
    """Measure the comparison."""
    present, wanted = a_site(people, changed=people + 1), a_site(people, changed=CHANGED)
    cards = {key: handle for handle, person in (present.people or {}).items() for key in person.cards}
    others = dict(cards)

    def compare() -> None:
        Differences(present, wanted, lambda: secrets.token_hex(8)).steps()
        door_changes(present, wanted)

    def floor() -> None:
        [key for key, who in others.items() if cards.get(key) != who]

    return _measured(f"compare {people:,} people", compare, floor)


def reading(people: int) -> Figures:
    """Measure the reading of the file."""
    state = a_site(people, changed=CHANGED)
    text = written_entries(entries_of(state, site="hq", timezone=UTC), site="hq", revision=1)

    def read() -> None:
        entries = entries_from(text, source="site.yaml")
        cards_in(entries, str)
        Reading(UTC, {}, str, Mistakes("site.yaml")).state_of(entries)

    def floor() -> None:
        with uncollected():
            yaml.compose(text, Loader=yaml.CBaseLoader)

    return _measured(f"read {people:,} people", read, floor)


def whole_command(people: int) -> Iterator[Figures]:
    """Measure the whole command; by card numbers once, for to hold them and once more is what an hour allows."""
    wanted, site = a_site(people, changed=CHANGED), PlannedSite()
    with site:
        progress(f"a hub gets {people:,} people")
        site.set_up()
        site.hold(a_site(people, changed=people + 1))
        yield _whole(f"the whole command, {people:,} people", site, site.exported(wanted), runs=WHOLE_RUNS)
        yield _whole(f"the same by card numbers, {people:,} people", site, site.numbered(wanted), runs=1)


def _whole(case: str, site: PlannedSite, site_file: Path, *, runs: int) -> Figures:
    whole, floors = [], []
    for done in range(runs):
        progress(f"{case}: {done} of {runs}")
        whole.append(_spent(lambda: site.admin("plan", str(site_file))))
        floors.append(_spent(lambda: only_parse(site_file)))
    (values, cpu), (least, least_cpu) = zip(*whole, strict=True), zip(*floors, strict=True)
    cpu_ms, floor_cpu_ms = (round(statistics.median(each) * 1000, 3) for each in (cpu, least_cpu))
    return time_figures(case, values, least, cpu_ms=cpu_ms, floor_cpu_ms=floor_cpu_ms)


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that a process took which starts and ends here, and those of its CPU time."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _measured(case: str, work: Callable[[], object], floor: Callable[[], object]) -> Figures:
    values, floors = [], []
    for done in range(RUNS):
        progress(f"{case}: {done} of {RUNS}")
        values.append(_seconds(work))
        floors.append(_seconds(floor))
    return time_figures(case, values, floors)


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def cases(people: int, *, with_hub: bool) -> Iterator[Figures]:
    """Measure one after the other."""
    yield reading(people)
    yield comparing(people)
    if with_hub:
        yield from whole_command(people)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and tell; return the exit code."""
    parser = a_parser("plan", __doc__)
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many the site has")
    parser.add_argument("--no-hub", action="store_true", help="leave out the whole command, which needs mosquitto")
    options = parser.parse_args(arguments)
    return run(lambda _: cases(options.people, with_hub=not options.no_hub), options, missed=missed_plans)


if __name__ == "__main__":
    sys.exit(main())
