"""A host over all processes: by their own key and the real commands, from the invitation to strike and records."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from doorctl.cli.desk import private
from doorctl.core.reasons import Outcome, Reason
from doorctl.places import StateFile
from doorctl.wire.commands import PersonAdd
from doorctl.wire.visits import VisitorIn, VisitorOut
from tests.cli.sites import run
from tests.system.databases import reading
from tests.system.site import ADA, FLOOR, PATIENCE_SECONDS, RunningSite, a_running_site

pytestmark = pytest.mark.timeout(600)
BADGES = ("H10301:7:70", "H10301:7:71")
HOUR = 3600
_SPONSOR_OF = """
SELECT o.subject FROM records AS r JOIN openings AS o USING (controller, log_epoch, seq)
WHERE r.kind = 'sponsor' AND json_extract(CAST(r.leaf AS TEXT), '$.of') = ?
"""
_BY_HOSTS = """
SELECT act ->> 'admin', act ->> 'verb', act ->> 'verdict', coalesce(act ->> 'reason', '')
FROM (SELECT position, CAST(leaf AS TEXT) -> '$.act' AS act FROM records WHERE controller = 'hub')
WHERE act ->> 'admin' LIKE '%-key' ORDER BY position
"""
_INVITED = """
SELECT o.text FROM records AS r JOIN openings AS o USING (controller, log_epoch, seq)
WHERE controller = 'hub' AND CAST(r.leaf AS TEXT) -> '$.act' ->> 'admin' = 'ada-key' AND o.text IS NOT NULL
"""


@pytest.fixture
def site() -> Iterator[RunningSite]:
    with a_running_site() as site:
        yield site


def hire(site: RunningSite, name: str, *, version: int) -> Path:
    """Let somebody join as a host, by the commands that people use; return the folder of their keys."""
    folder = site.folder / name
    like = ("--like", str(site.admin_config), "--dir", str(folder), "--no-passphrase")
    code = site.doorctl("admin", "join", name, *like).split()[-1]
    notes = [site.site / "hub" / "state" / StateFile.TRUST, site.admin_config.parent / StateFile.TRUST]
    trusts = [f"--trust={note}" for note in (*notes, folder / StateFile.TRUST)]
    site.doorctl("trust", "add-admin", code, "--role", "host", "--root", str(site.site / "root-1"), *trusts)
    site.until(lambda: f"event=trust_loaded version={version}" in site.said("hub"), what="the hub to know the host")
    return folder


def in_an_hour(site: RunningSite) -> str:
    """Write it as people do, by the site's wall clock."""
    return (datetime.now(site.account.pins.timezone) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")


def put_into_pool(site: RunningSite, until: int) -> None:
    for badge in BADGES:
        site.change(VisitorIn(f"first-{badge[-2:]}", ADA, until), private(handle="first", card=badge))
        site.change(VisitorOut(), private(card=badge))


def as_host(folder: Path, *words: str) -> tuple[int, str]:
    """Run a command with a host's key; return how it ended and what it said."""
    patience = f"{PATIENCE_SECONDS:g}"
    result = run(*words, "--config", str(folder / "admin.toml"), "--json", "--timeout", patience)
    return result.exit_code, result.output


def test_a_host_invites_a_guest_who_comes_in_behind_them_and_no_other_host_takes_them_out(site: RunningSite) -> None:
    ada, grace = (hire(site, name, version=number) for number, name in enumerate(("ada-key", "grace-key"), 3))
    with reading(site.site_db) as hub:
        (now,) = hub.execute("SELECT unixepoch()").fetchone()
    site.change(PersonAdd("grace-0"), private(handle="grace"))
    (handle,) = (str(row["handle"]) for row in site.ask("list", "people") if row["holder"] == ADA)
    for person, key in ((handle, "ada-key"), ("grace", "grace-key")):
        site.ask("sponsor", "set", person, "--zone", FLOOR, "--guests", "1", "--stay", "8h")
        site.ask("sponsor", "host", person, "--admin", key)
    put_into_pool(site, now + HOUR)

    guest = ("alan", "--badge", BADGES[0], "--host", handle, "--zone", FLOOR)
    too_long, why = as_host(ada, "visitor", "in", *guest, "--until", "2099-01-01")
    assert (too_long, "beyond-sponsor" in why) == (1, True)
    invited, said = as_host(ada, "visitor", "in", *guest, "--until", in_an_hour(site))
    assert invited == 0, said
    by_another, why = as_host(grace, "visitor", "out", BADGES[0])
    assert (by_another, "not-own-guest" in why) == (1, True)
    site.wait_until_applied(site.revision(site.site_db))

    alone = site.first_decision(BADGES[0])
    site.assert_opens()
    site.wait_until_secured()
    escorted = site.decide(BADGES[0])
    site.wait_until_synchronous()
    out, said = as_host(ada, "visitor", "out", BADGES[0])
    assert out == 0, said

    assert alone.reason is Reason.ESCORT_AWAITED
    assert (escorted.outcome, escorted.reason) == (Outcome.GRANTED, Reason.GRANTED)
    with reading(site.site_db) as hub:
        assert hub.execute(_SPONSOR_OF, (escorted.seq,)).fetchall() == [(f"holder:{ADA}",)]
        assert hub.execute(_BY_HOSTS).fetchall() == [
            ("ada-key", "visitor-in", "refused", "beyond-sponsor"),
            ("ada-key", "visitor-in", "accepted", ""),
            ("grace-key", "visitor-out", "refused", "not-own-guest"),
            ("ada-key", "visitor-out", "accepted", ""),
        ]
        assert any(f'"sponsor":"{ADA}"' in text for (text,) in hub.execute(_INVITED))


def test_a_delegate_invites_in_another_s_name_until_that_is_ended(site: RunningSite) -> None:
    grace = hire(site, "grace-key", version=3)
    with reading(site.site_db) as hub:
        (now,) = hub.execute("SELECT unixepoch()").fetchone()
    site.change(PersonAdd("grace-0"), private(handle="grace"))
    (handle,) = (str(row["handle"]) for row in site.ask("list", "people") if row["holder"] == ADA)
    site.ask("sponsor", "set", handle, "--zone", FLOOR)
    site.ask("sponsor", "host", "grace", "--admin", "grace-key")
    put_into_pool(site, now + HOUR)
    invite = ("visitor", "in", "alan", "--badge", BADGES[0], "--host", handle, "--until", in_an_hour(site))

    before, _ = as_host(grace, *invite)
    site.ask("sponsor", "delegate", handle, "--to", "grace", "--until", "2099-01-01")
    (told,) = site.ask("sponsor", "delegates")
    invited, said = as_host(grace, *invite)
    (guest,) = site.ask("visitor", "list")
    site.ask("sponsor", "delegate-end", handle, "--to", "grace")
    ended, why = as_host(grace, "visitor", "out", BADGES[0])
    (key,) = site.ask("sponsor", "hosts")
    site.ask("sponsor", "host-end", "grace", "--admin", "grace-key")

    assert (before, invited, ended) == (1, 0, 1), said
    assert (told["sponsor_handle"], told["handle"]) == (handle, "grace")
    assert (guest["handle"], guest["sponsor"], guest["escort"]) == ("alan", ADA, ADA)
    assert "not-own-guest" in why
    assert (key["admin"], key["handle"], site.ask("sponsor", "hosts")) == ("grace-key", "grace", [])
