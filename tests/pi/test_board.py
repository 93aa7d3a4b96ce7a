"""Every rule of a board holds on the real RPi.GPIO, in a Pi."""

import re

from tests.pi.base import SITE_PACKAGES
from tests.pi.conftest import Figures
from tests.pi.pi_site import PiSite

CONTRACT = "tests/pi/inside_contract.py"
PYTEST = ("python3", "-m", "pytest", "-q", "-c", "/dev/null", "-p", "no:cacheprovider", CONTRACT)


def passed_inside(site: PiSite, *first: str) -> int:
    """Run the contract in the Pi, with these folders before all others; return how many tests passed."""
    path = ":".join((*first, "/opt/contract", f"/{SITE_PACKAGES}", "/opt/pytest"))
    said = site.pi.run("env", "--chdir=/opt/contract", f"PYTHONPATH={path}", *PYTEST)
    found = re.search(r"^(\d+) passed in", said, flags=re.MULTILINE)
    assert found, said
    return int(found[1])


def test_the_board_keeps_its_contract_on_rpi_gpio(site: PiSite, figures: Figures) -> None:
    figures["contract_gpio"] = passed_inside(site)
    assert figures["contract_gpio"] > 90


def test_the_board_keeps_its_contract_on_rpi_lgpio(site: PiSite, figures: Figures) -> None:
    figures["contract_lgpio"] = passed_inside(site, "/opt/lgpio")
    assert figures["contract_lgpio"] > 90
