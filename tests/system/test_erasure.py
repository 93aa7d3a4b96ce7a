"""A person is erased from a whole running site: every file of it is searched, byte by byte."""

from pathlib import Path

import pytest

from doorctl.cli.desk import private, private_card
from doorctl.core.reasons import Outcome
from doorctl.wire.commands import CardAdd, GrantAdd, PersonAdd
from doorctl.wire.privacy import PersonErase
from tests.hub.erasure.traces import found_in, tables_with
from tests.system.databases import reading
from tests.system.site import FLOOR, RunningSite, a_running_site

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

WHO, NAME, HANDLE, CARD = "h-77c0ffee", "Augusta Ada King", "countess-of-lovelace", "H10301:201:40404"
_SALTS = "SELECT salt FROM openings WHERE subject = ?"
WITH_THE_ID = {
    "site.db": {"changes", "erasures", "erased_people", "given_commands", "records"},
    "policy.db": {"erasures"},
    "kept-notes.db": {"ends", "forgotten"},
    "audit.db": {"records", "state_erased"},
}
"""Where the opaque id stays: changes and commands of before, notes that are kept, the erasure with its records."""


def secrets_of(site: RunningSite) -> list[bytes]:
    """Return what must not be found any more: name, handle, card, credential key and every salt."""
    with reading(site.site_db) as hub:
        (key,) = hub.execute("SELECT key FROM credentials WHERE holder = ?", (WHO,)).fetchone()
    logs, subjects = (site.site_db, site.audit_db), (f"holder:{WHO}", f"credential:{key.hex()}")
    salts = {salt for path in logs for subject in subjects for salt in salts_of(path, subject)}
    return [NAME.encode(), HANDLE.encode(), CARD.encode(), bytes(key), *salts]


def salts_of(path: Path, subject: str) -> set[bytes]:
    """Return the salts of what opens to somebody or to their card; there must be some."""
    with reading(path) as log:
        salts = {bytes(salt) for (salt,) in log.execute(_SALTS, (subject,))}
    assert salts, f"{path.name} opens nothing about {subject.partition(':')[0]}"
    return salts


def places_of_the_id(site: RunningSite) -> dict[str, set[str]]:
    """Return in which files the opaque id stands, and in which of their tables."""
    links, places = {site.policy_db.resolve().name: site.policy_db.name}, {}
    for name in {name.removesuffix("-wal") for name, _ in found_in(site.folder, [WHO.encode()])}:
        (path,) = site.folder.rglob(name)
        with reading(path) as database:
            places[links.get(name, name)] = tables_with(database, WHO)
    return places


def is_erased_everywhere(site: RunningSite) -> bool:
    with reading(site.site_db) as hub:
        swept = hub.execute("SELECT swept_at FROM erased_people WHERE swept_at NOT NULL").fetchone()
        told = hub.execute("SELECT DISTINCT controller FROM records WHERE kind = 'erasure_done'").fetchall()
    return swept is not None and len(told) == 2


def test_after_an_erasure_no_file_of_a_site_tells_of_the_person_and_its_logs_are_whole() -> None:
    with a_running_site() as site:
        site.change(PersonAdd(WHO), private(handle=HANDLE, name=NAME))
        before_it_is_theirs = site.decide(CARD).outcome
        site.change(CardAdd(WHO), private_card(CARD))
        site.wait_until_applied(site.change(GrantAdd("g-1", FLOOR, holder=WHO)).revision)
        when_it_is_theirs = site.decide(CARD).outcome
        site.wait_until_synchronous()
        secrets = secrets_of(site)
        stood = {secret for _, secret in found_in(site.folder, secrets)}

        site.change(PersonErase(WHO))
        site.until(lambda: is_erased_everywhere(site), what="the erasure, everywhere")

        assert (before_it_is_theirs, when_it_is_theirs) == (Outcome.DENIED, Outcome.GRANTED)
        assert stood == {*secrets} - {CARD.encode()}
        assert found_in(site.folder, secrets) == []
        site.until(lambda: places_of_the_id(site) == WITH_THE_ID, what="the id to stand where it stays alone")
        site.wait_until_synchronous()
        assert site.held_records() == site.records()[: site.held_size()]
