"""A cut line and a failed mains over all processes: from bridge and board to the alert and `doorctl status`."""

import json
from typing import Any

import pytest

from doorctl.core.suspicion.alerts import RuleName
from doorctl.demo.witness import wait_for
from tests.cli.sites import run
from tests.system.site import FLOOR, UNTIL_SECONDS, RunningSite

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
TAMPER = f"{FLOOR}.tamper"
BRIDGE = "bridge"


def wire(site: RunningSite) -> None:
    """Lead a supervised line to the bridge, and the supply's contact to a pin."""
    text = site.controller_config.read_text()
    line = f'tamper = {{ bridge = "{BRIDGE}", channel = 0, active = "open", resistors = "2k2/4k7" }}\n'
    text = text.replace(f'id = "{FLOOR}"\n', f'id = "{FLOOR}"\n{line}')
    site.controller_config.write_text(text.replace("[board]\n", '[board]\nmains = { pin = 12, active = "high" }\n'))


def simulate(site: RunningSite, name: str, state: str) -> None:
    """Drive an input as `doorctl simulate` does."""
    assert run("simulate", "input", name, state, "--config", str(site.controller_config)).exit_code == 0


def troubles(site: RunningSite) -> list[tuple[Any, ...]]:
    """Ask `doorctl status` which inputs are in trouble."""
    result = run("status", "--config", str(site.admin_config), "--json")
    assert result.exit_code == 0, result.output
    (controller,) = json.loads(result.stdout)["controllers"]
    return [(it["door"], it["what"], it["trouble"]) for it in controller["input_troubles"]]


def until_troubles(site: RunningSite, *expected: tuple[str, str, str]) -> None:
    wait_for(lambda: troubles(site) == list(expected) or None, what=f"{expected}", seconds=UNTIL_SECONDS)


def alerts_of(site: RunningSite) -> list[str]:
    return [alert.detail for rule in (RuleName.INPUT_FAULT, RuleName.POWER_FAULT) for alert in site.alerts(rule)]


def test_a_cut_line_and_a_failed_mains_are_alerts_and_stand_in_the_status_until_they_are_mended() -> None:
    with RunningSite() as site:
        site.set_up()
        wire(site)
        site.run_everything()

        simulate(site, TAMPER, "open-line")
        simulate(site, "mains", "on")
        cut, failed = (FLOOR, "line of tamper", "open-line"), ("", "mains", "failed")
        until_troubles(site, failed, cut)
        site.until(lambda: len(alerts_of(site)) > 1, what="both alerts")
        told = alerts_of(site)
        releases = site.releases(FLOOR)
        simulate(site, TAMPER, "normal")
        simulate(site, "mains", "off")
        until_troubles(site)

    assert told == ["line of tamper: open-line", "mains: failed"]
    assert releases == []
