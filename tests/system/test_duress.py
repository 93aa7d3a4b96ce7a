"""Somebody who is forced to open, from the keypad to the webhook: bridge, door, keeper, link, broker and hub."""

from typing import Any

import pytest

from doorctl.cli.desk import private
from doorctl.core.model import Factor
from doorctl.core.reasons import Outcome, Reason
from doorctl.wire.commands import PinSet
from doorctl.wire.rights import ZoneFactorSet
from tests.hub.alerts.servers import HERE, a_web_server
from tests.system.site import ADA, CARD, FLOOR, RunningSite

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
READER = f"{FLOOR}-in"
PIN, DURESS = "4718", "9362"


def enter(site: RunningSite, pin: str) -> tuple[Outcome | None, Reason | None]:
    """Present Ada's card and key a PIN in; return the decision, once the door is at rest again."""
    before, released = site.log_size() - 1, len(site.releases(FLOOR))
    site.swipe(READER, CARD)
    site.press(READER, f"{pin}#")
    site.until(lambda: len(site.releases(FLOOR)) == released + 1, what="the release")
    site.until(lambda: is_at_rest(site), what="the door to be at rest")
    decision = site.log.decision(FLOOR, after=before)
    assert decision is not None
    return decision.outcome, decision.reason


def is_at_rest(site: RunningSite) -> bool:
    """Tell whether the strike is secured and nothing is lit any more."""
    newest = dict(map(what_moved, site.board_changes()))
    return all(state in {"secured", False, None} for state in newest.values())


def what_moved(change: dict[str, Any]) -> tuple[str, Any]:
    """Return a strike or a light of the board, and how it is from then on."""
    return change.get("strike") or change.get("indicator") or "", change.get("state", change.get("on"))


def test_duress_opens_like_any_pin_and_calls_somebody_at_once() -> None:
    with a_web_server(None) as (port, posted), RunningSite() as site:
        site.set_up()
        with (site.site / "hub" / "hub.toml").open("a") as config:
            config.write(f'[alerts]\nwebhook = "http://{HERE}:{port}/"\nleast = "critical"\n')
        site.give_keypad(READER)
        site.run_everything()
        site.change(PinSet(ADA), private(pin=PIN, duress=DURESS))
        site.wait_until_applied(site.change(ZoneFactorSet(FLOOR, Factor.CARD_AND_PIN)).revision)

        begin = len(site.board_changes())
        usual = enter(site, PIN)
        middle = len(site.board_changes())
        forced = enter(site, DURESS)

        site.until(lambda: bool(posted), what="the alert")
        changes = site.board_changes()

    assert (usual, forced) == ((Outcome.GRANTED, Reason.GRANTED), (Outcome.GRANTED, Reason.DURESS))
    assert set(map(what_moved, changes[begin:middle])) == set(map(what_moved, changes[middle:]))
    (alert,) = posted
    assert (alert["rule"], alert["severity"], alert["door"]) == ("duress", "critical", FLOOR)
    assert alert["about"] == f"holder:{ADA}"
