"""What gathers while a site is cut off: 200,000 records go to the hub exactly once, and memory does not grow."""

import time
from contextlib import closing

import pytest

from doorctl.audit.leaf import Draft
from doorctl.audit.log import GROUP_RECORDS, AuditLog, LogIdentity
from doorctl.clock import WallClock
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.door.statements import Statements
from doorctl.keys.identity import load_signer, log_key_name
from tests.system.site import FLOOR, RunningSite, a_running_site

RECORDS = 200_000
MOST_SECONDS = 900.0
MOST_GROWTH_MB = 8.0
MEASURED = ("keeper", "link", "hub")


def write_records(site: RunningSite, count: int) -> None:
    """Fill the log of a controller whose door does not run, in commits as large as a busy door's."""
    statements = Statements(WallClock())
    controller = site.controller / "state"
    signer = load_signer(controller / "keys" / "log.pem", log_key_name("controller-1"))
    identity = LogIdentity(site.account.site, "controller-1", "b00t", signer)
    with closing(AuditLog(site.audit_db, identity, draft=statements.draft)) as log:
        for first in range(0, count, GROUP_RECORDS):
            log.append([a_decision(statements, number) for number in range(first, min(first + GROUP_RECORDS, count))])


def a_decision(statements: Statements, number: int) -> Draft:
    return statements.draft(
        RecordKind.DECISION,
        door=FLOOR,
        zone=FLOOR,
        reader=f"{FLOOR}-in",
        outcome=Outcome.GRANTED,
        reason=Reason.GRANTED,
        subject=f"holder:{number % 5000:016x}",
    )


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_many_waiting_records_reach_the_hub_once_with_flat_memory() -> None:
    with a_running_site() as site:
        site.wait_until_synchronous()
        for name in ("door", "link"):
            site.stop(name)
        write_records(site, 2000)
        site.start("link")
        site.wait_until_synchronous()
        few_mb = {name: site.most_memory_mb(name) for name in MEASURED}
        site.stop("link")
        write_records(site, RECORDS)
        began = time.monotonic()
        site.start("link")
        size = site.log_size()
        site.until(lambda: site.held_size() >= size, what="every record", seconds=MOST_SECONDS)
        took = time.monotonic() - began
        many_mb = {name: site.most_memory_mb(name) for name in MEASURED}
        print(f"{RECORDS / took:,.0f} records/s; VmHWM in MB {few_mb} with 2,000, {many_mb} with {RECORDS:,}")

        assert site.held_records() == site.records()
        assert [name for name in few_mb if many_mb[name] > few_mb[name] + MOST_GROWTH_MB] == []
