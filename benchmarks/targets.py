"""The targets of docs/performance.md, and which figures miss them."""

import sys
from collections.abc import Callable, Mapping, Sequence

from benchmarks.figures import Figures

Target = tuple[str, Callable[[Figures], bool]]

_PINNED = "at most 1.3 times the floor", lambda it: it["ratio"] <= 1.3
_P99 = "p99 at most the floor's + 5 ms", lambda it: it["p99_ms"] <= it["floor_p99_ms"] + 5
_OWN_FLUSH = "at most 1.5 ms over the floor", lambda it: it["difference_ms"] <= 1.5
SWIPE: Mapping[str, Sequence[Target]] = {
    "": (_PINNED, _P99),
    ", the disk's own flush": (_OWN_FLUSH,),
    ", cold cache": (),
}
"""By what follows the number of credentials in a case's name."""
MOST_GROWTH_MS = 0.3
LOADED: Target = "p99 at most 3 times that without them", lambda it: it["p99_ms"] <= 3 * it["floor_p99_ms"]
START: Target = "at most 1 s", lambda it: it["value_ms"] <= 1000
MEMORY: Target = "at most 40 MB", lambda it: it["value_mb"] <= 40

SNAPSHOT: Mapping[str, Target] = {
    "CPU time": ("at most twice the plain insert", lambda it: it["ratio"] <= 2),
    "swipes": ("p99 at most 3 floors", lambda it: it["p99_ms"] <= 3 * it["floor_ms"]),
}
"""By what a case's name begins with."""
REVOKE: Target = "at most 1.5 times the floor", lambda it: it["ratio"] <= 1.5
APPEND: Mapping[str, Sequence[Target]] = {
    "a record, 64 swipes a second": (
        ("p99 at most 2.5 flushes", lambda it: it["p99_ms"] <= 2.5 * it["flush_ms"]),
        ("max at most 6 flushes", lambda it: it["max_ms"] <= 6 * it["flush_ms"]),
    ),
    "CPU time of a record, 1 a commit": (("at most 150 µs", lambda it: it["value_ms"] <= 0.15),),
    "CPU time of a record, 8 a commit": (("at most 40 µs", lambda it: it["value_ms"] <= 0.04),),
}
"""By the case's name."""
INGEST: Target = "at most twice the plain rows", lambda it: it["ratio"] <= 2
_FULL_CHECK: Target = "at most 2.5 µs a record", lambda it: it["us"] <= 2.5
EXPORT: Mapping[str, Sequence[Target]] = {
    "csv": (("at most 1.2 times sqlite3 -csv", lambda it: it["ratio"] <= 1.2),),
    "pack": (("at most 20 µs a record", lambda it: it["value_ms"] <= 0.02 * it["records"]),),
    "fast check": (("at most 10 µs a record", lambda it: it["value_ms"] <= 0.01 * it["records"]),),
    "full check, CPU": (_FULL_CHECK,),
    "full check with openings, CPU": (_FULL_CHECK,),
    "memory": (("at most 200 MB", lambda it: it["value_mb"] <= 200),),
}
MOST_MS_OF_RULES = 0.15
DECIDE: Target = (
    f"median and p99 at most 1.5 times those of a decision without them, or {MOST_MS_OF_RULES} ms more",
    lambda it: all(
        it[value] <= max(1.5 * it[floor], it[floor] + MOST_MS_OF_RULES)
        for value, floor in (("value_ms", "floor_ms"), ("p99_ms", "floor_p99_ms"))
    ),
)
PLAN: Target = "under 2 s, which the whole command may take", lambda it: it["value_ms"] < 2000


def missed_swipes(cases: Sequence[Figures]) -> list[str]:
    """Name the targets that swipes miss."""
    misses = []
    for figures in cases:
        note = figures["case"].partition(" credentials")[2]
        misses += _missed(figures, SWIPE[note])
    pinned = [figures["value_ms"] for figures in cases if figures["case"].endswith(" credentials")]
    if pinned and pinned[-1] - pinned[0] > MOST_GROWTH_MS:
        misses.append(f"the most credentials: at most {MOST_GROWTH_MS} ms more than the fewest")
    return misses


def missed_loaded(cases: Sequence[Figures]) -> list[str]:
    """Name the targets that swipes beside busy loops miss."""
    return [miss for it in cases for miss in _missed(it, (LOADED,))]


def missed_starts(cases: Sequence[Figures]) -> list[str]:
    """Name the targets that starts and memory miss."""
    return [miss for it in cases for miss in _missed(it, (MEMORY if "value_mb" in it else START,))]


def missed_snapshots(cases: Sequence[Figures]) -> list[str]:
    """Name the targets that a snapshot misses."""
    return [
        miss
        for it in cases
        for name, target in SNAPSHOT.items()
        if it["case"].startswith(name)
        for miss in _missed(it, (target,))
    ]


def missed_revokes(cases: Sequence[Figures]) -> list[str]:
    """Name the targets that revokes miss."""
    return [miss for it in cases for miss in _missed(it, (REVOKE,))]


def missed_appends(cases: Sequence[Figures]) -> list[str]:
    """Name the targets that appending to the log misses."""
    return [miss for it in cases for miss in _missed(it, APPEND[it["case"]])]


def missed_ingests(cases: Sequence[Figures]) -> list[str]:
    """Name the targets that taking records in misses."""
    return [miss for it in cases for miss in _missed(it, (INGEST,))]


def missed_exports(cases: Sequence[Figures]) -> list[str]:
    """Name the targets that exports miss."""
    return [miss for it in cases for miss in _missed(it, EXPORT[it["case"]])]


def missed_decisions(cases: Sequence[Figures]) -> list[str]:
    """Name the targets that decisions with all rules miss."""
    return [miss for it in cases for miss in _missed(it, (DECIDE,))]


def missed_plans(cases: Sequence[Figures]) -> list[str]:
    """Name the targets that planning a site misses."""
    return [miss for it in cases for miss in _missed(it, (PLAN,))]


def exit_code(misses: Sequence[str], *, check: bool) -> int:
    """Tell the misses on standard error; they are a failure where that is asked."""
    for miss in misses:
        sys.stderr.write(f"target missed: {miss}\n")
    return 1 if misses and check else 0


def _missed(figures: Figures, targets: Sequence[Target]) -> list[str]:
    return [f"{figures['case']}: {words}" for words, is_met in targets if not is_met(figures)]
