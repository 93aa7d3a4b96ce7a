"""A report over a million records: seconds of CPU time, a moment for each answer of the hub, and flat memory."""

import time
import tracemalloc
from pathlib import Path

import pytest
from msgspec.structs import replace

from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.evidence.reports import tallies_of
from doorctl.reports.tallies import Counts, merge
from doorctl.wire.report_words import TalliesOf, Tally, unpack
from tests.hub.builders import NOON_SECONDS, ASite

MILLION = 1_000_000
HOLDERS, DOORS, BATCH = 2_000, 40, 50_000
TALLIES = (Tally.ENTRIES, Tally.DENIED, Tally.DOORS, Tally.BREAK_GLASS, Tally.HOURS, Tally.DAILY)
LONGEST_SECONDS, ANSWER_SECONDS, MEGABYTES = 60, 1.5, 120

_RECORDS = """
WITH RECURSIVE n (i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :end)
INSERT INTO records (controller, log_epoch, seq, leaf, at, kind, door, zone, outcome)
SELECT 'pi-1', 1, i,
CAST(json_object('v', 1, 'kind', CASE i % 2 WHEN 0 THEN 'decision' ELSE 'opened' END, 'reason', 'granted',
'reasons', json_array('granted'), 'of', i - 1, 'boot', hex(zeroblob(18)), 'subject', hex(zeroblob(32))) AS BLOB),
:noon - 31536000 + i * 31, CASE i % 2 WHEN 0 THEN 'decision' ELSE 'opened' END, 'door-' || (i / 2 % :doors),
'zone-' || (i / 2 % 8), CASE WHEN i % 2 THEN NULL WHEN i % 22 THEN 'granted' ELSE 'denied' END FROM n
"""
_OPENINGS = """
INSERT INTO openings (controller, log_epoch, seq, salt, subject)
SELECT controller, log_epoch, seq, zeroblob(16), 'holder:h' || (seq / 2 * 7919 % :holders)
FROM records WHERE controller = 'pi-1' AND seq >= :first AND kind = 'decision'
"""


@pytest.fixture
def full(site_with_two: ASite) -> ASite:
    """A year of a site with 2,000 people and 40 doors."""
    for first in range(0, MILLION, BATCH):
        values = {"first": first, "end": first + BATCH, "noon": NOON_SECONDS, "doors": DOORS, "holders": HOLDERS}
        site_with_two.connection.execute(_RECORDS, values)
        site_with_two.connection.execute(_OPENINGS, values)
    return site_with_two


def asked_at(site: ASite) -> Asked:
    return Asked(site.connection, site.grace.keys, None, None, {}, None, None, NOON_SECONDS)  # type: ignore[arg-type]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_million_records_take_seconds_to_report_and_flat_memory(full: ASite, tmp_path: Path) -> None:
    asked, do, counts = asked_at(full), TalliesOf(TALLIES), Counts()
    longest, more, begun = 0.0, True, time.process_time()
    while more:
        before = time.process_time()
        page = tallies_of(do, asked)
        longest = max(longest, time.process_time() - before)
        merge(counts, unpack(page.counts))
        do, more = replace(do, after=page.after), page.more
    took = time.process_time() - begun

    assert sum(number for (tally, _), (number, _, _) in counts.items() if tally is Tally.DAILY) == MILLION // 2
    assert (took < LONGEST_SECONDS, longest < ANSWER_SECONDS) == (True, True)
    tracemalloc.start()
    tallies_of(TalliesOf(TALLIES, after=MILLION // 2), asked)
    assert tracemalloc.get_traced_memory()[1] < MEGABYTES * 1_000_000
