"""An own PIN over all processes: an admin gives a code, its holder sets a PIN at a reader, and that counts."""

import json
from collections.abc import Iterator

import pytest

from doorctl.cli.desk import private
from doorctl.core.model import Factor
from doorctl.core.reasons import Reason
from doorctl.wire.commands import PinSet
from doorctl.wire.rights import ZoneFactorSet
from tests.system.site import ADA, CARD, FLOOR, RunningSite

pytestmark = pytest.mark.timeout(600)
READER = f"{FLOOR}-in"
OLD, NEW = "4711", "25803691"
"""The new one is as long as any: six digits stand by chance in a file full of numbers."""


@pytest.fixture
def site() -> Iterator[RunningSite]:
    """A running site with a keypad at the reader of floor 3, which asks for card and PIN."""
    with RunningSite() as site:
        site.set_up()
        site.give_keypad(READER)
        site.run_everything()
        site.wait_until_it_opens()
        site.change(PinSet(ADA), private(pin=OLD))
        site.wait_until_applied(site.change(ZoneFactorSet(FLOOR, Factor.CARD_AND_PIN)).revision)
        yield site


def enter(site: RunningSite, pin: str) -> Reason | None:
    """Present Ada's card, key in a PIN, and tell why she was let in or not."""
    before = site.log_size() - 1
    site.swipe(READER, CARD)
    site.key_in(READER, f"{pin}#")
    site.until(lambda: site.log.decision(FLOOR, after=before) is not None, what="a decision")
    decision = site.log.decision(FLOOR, after=before)
    assert decision is not None
    return decision.reason


def kinds(site: RunningSite) -> list[str]:
    return [json.loads(leaf)["kind"] for leaf in site.records()]


def set_pin(site: RunningSite, code: str) -> None:
    """Set the new PIN at the reader, and wait for its record."""
    site.key_in(READER, "0#")
    site.swipe(READER, CARD)
    site.key_in(READER, f"{code}#{NEW}#{NEW}#")
    site.until(lambda: "own_pin" in kinds(site), what="the record of the PIN")


def given_code(site: RunningSite) -> str:
    """Let an admin give Ada a code, and wait until the doors know of it."""
    *steps, given = site.ask("person", "pin", "ada", "--own-code")
    site.wait_until_applied(next(each["revision"] for each in steps if each["revision"]))
    return str(given["code"])


def wait_for_the_change(site: RunningSite, revision: int) -> None:
    """Wait until the PIN is in the policy after this revision, and the door lets in by it."""
    site.until(lambda: site.revision(site.site_db) > revision, what="the change")
    site.wait_until_applied(site.revision(site.site_db))
    site.until(lambda: enter(site, NEW) is Reason.GRANTED, what="the new PIN to count")


def test_with_the_hub_away_the_pin_of_before_counts_until_the_change_is_back(site: RunningSite) -> None:
    code, revision = given_code(site), site.revision(site.site_db)
    site.stop("hub")

    set_pin(site, code)
    meanwhile = [enter(site, pin) for pin in (OLD, NEW)]
    site.start("hub")
    wait_for_the_change(site, revision)

    assert meanwhile == [Reason.GRANTED, Reason.WRONG_PIN]
    assert enter(site, OLD) is Reason.WRONG_PIN


def test_a_holder_sets_a_pin_by_a_code_and_the_one_of_before_ends(site: RunningSite) -> None:
    code, revision = given_code(site), site.revision(site.site_db)

    set_pin(site, code)
    wait_for_the_change(site, revision)

    assert enter(site, OLD) is Reason.WRONG_PIN
    assert [site_file for site_file in (site.audit_db, site.site_db) if NEW.encode() in site_file.read_bytes()] == []
