"""The watch on readers' pulses: learned over restarts, told with both values, learned anew on request alone."""

import pytest

from doorctl.audit.leaf import PulseMark
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName
from doorctl.hub.alerts.pulse_store import MOST_READERS
from doorctl.wire.alerts import Alert, AlertAcknowledge, AlertRuleSet, AlertState
from tests.hub.alerts.watching import a_log, deliver, recorded, write
from tests.hub.builders import ASite
from tests.hub.logs import ALog

USUAL = PulseMark((48, 52), (1990, 2010))
OTHER = PulseMark((34, 34), (5250, 5260))
READS = 3
_FILL = """
WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
INSERT INTO pulse_bands SELECT 'pi-1', 'reader-' || number, 'door-1', 3, 48, 52, 1990, 2010 FROM numbers
"""


@pytest.fixture
def learning(room: ASite) -> ASite:
    """A site whose readers are known after a few reads."""
    room.ask(AlertRuleSet(RuleName.PULSE_TIMING, count=READS, quiet_seconds=0))
    return room


def read(site: ASite, log: ALog, pulse: PulseMark | None, *, times: int = 1, reader: str = "front") -> list[Alert]:
    """Let somebody in so many times, by reads that looked so, and return what is raised by it."""
    first = len(log.leaves)
    for _ in range(times):
        write(log, outcome="granted", reader=reader, pulse=pulse)
    alerts = deliver(site, log, first=first)
    return [alert for alert in alerts if (alert.rule, alert.state) == (RuleName.PULSE_TIMING, AlertState.OPEN)]


def test_a_band_outlasts_a_restart_and_what_is_beyond_it_is_told(learning: ASite) -> None:
    log = a_log(learning)
    read(learning, log, USUAL, times=READS)
    learning.restart()

    (alert,) = read(learning, log, OTHER)

    assert (alert.severity, alert.door, alert.about) == ("high", "door-1", "holder:h1")
    told = "reader front: pulses 34-34 us every 5250-5260 us; learned: pulses 48-52 us every 1990-2010 us"
    assert alert.detail == told
    assert recorded(learning, RecordKind.ALERT_RAISED) == [f"alert {alert.id}: pulse-timing, high: {told}"]


def test_a_reader_is_learned_anew_on_request_alone(learning: ASite) -> None:
    log = a_log(learning)
    read(learning, log, USUAL, times=READS)
    (first,) = read(learning, log, OTHER)
    learning.ask(AlertAcknowledge(first.id))
    (second,) = read(learning, log, OTHER)

    answer = learning.ask(AlertAcknowledge(second.id, relearn=True))

    assert answer.verdict == "done"
    assert read(learning, log, OTHER, times=READS + 1) == []
    assert len(read(learning, log, USUAL)) == 1
    assert recorded(learning, RecordKind.ALERT_ACKNOWLEDGED) == [
        f"alert {first.id} by grace",
        f"alert {second.id} by grace; the pulses of the door's readers are learned anew",
    ]


def test_what_another_rule_goes_by_is_not_learned_anew(learning: ASite) -> None:
    log = a_log(learning)
    write(log, kind=RecordKind.FORCED_OPEN, subject="")
    (alert,) = deliver(learning, log)

    assert learning.ask(AlertAcknowledge(alert.id, relearn=True)).reason == "not-learned"


def test_an_admin_limited_to_zones_has_no_reader_learned_anew(learning: ASite) -> None:
    limited = learning.hire("linus", "admin", zones=("floor-3",))
    log = a_log(learning)
    read(learning, log, USUAL, times=READS)
    (alert,) = read(learning, log, OTHER)

    refused = learning.ask(AlertAcknowledge(alert.id, relearn=True), admin=limited)
    answer = learning.ask(AlertAcknowledge(alert.id), admin=limited)

    assert (refused.reason, answer.verdict) == ("not-allowed", "done")


def test_a_controller_cannot_have_readers_without_end_learned(learning: ASite) -> None:
    learning.connection.execute(_FILL, (MOST_READERS,))
    learning.connection.commit()
    log = a_log(learning)

    read(learning, log, USUAL, times=READS, reader="one-more")
    known = read(learning, log, OTHER, reader="reader-7")

    assert learning.rows("SELECT count(*) FROM pulse_bands") == [(MOST_READERS,)]
    assert len(known) == 1


def test_a_reader_without_a_name_of_ours_is_not_learned(learning: ASite) -> None:
    read(learning, a_log(learning), USUAL, times=READS, reader="\x1b[2J")

    assert learning.rows("SELECT count(*) FROM pulse_bands") == [(0,)]
