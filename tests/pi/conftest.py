"""One emulated Pi for all tests of this folder, which takes a minute. What they find is kept in ``build/proof``."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pi.base import ROOT, base
from tests.pi.card import IS_PACKAGED
from tests.pi.pi_site import PiSite, a_pi_site
from tests.pi.picture import picture
from tests.pi.trace import read_trace

collect_ignore = () if IS_PACKAGED else ("test_package.py",)
PROOF = ROOT / "build/proof"
LANES = {17: "strike, fail-secure", 27: "strike, fail-safe", 23: "green light", 22: "contact", 25: "REX"}

Figures = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder: it runs in `make test-pi` alone, which installs the emulator."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("pi")
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    """What tests find goes in here, and is kept."""
    found: Figures = {"pulses": []}
    yield found
    PROOF.mkdir(parents=True, exist_ok=True)
    (PROOF / "pi.json").write_text(json.dumps(found, indent=1))


@pytest.fixture(scope="session")
def site(figures: Figures) -> Iterator[PiSite]:
    """A Pi that is up; the trace of its pins is kept as a picture."""
    with a_pi_site() as site:
        figures["boot_seconds"] = round(site.trace().now)
        figures.update(json.loads((base() / "versions.json").read_text()))
        yield site
        keep_the_trace(site, figures)


@pytest.fixture(scope="session")
def doors(site: PiSite) -> PiSite:
    """Doors that decide, on that Pi; Ada's card opens both."""
    site.join()
    site.start_the_doors()
    return site


def keep_the_trace(site: PiSite, figures: Figures) -> None:
    """Draw what the pins did from the start of the doors until the power was cut."""
    trace = read_trace(site.folder / "first" / "trace")
    figures["looks"] = trace.looks
    figures["looks_in_time"] = round(100 * (1 - trace.late_looks / trace.looks), 1)
    figures["longest_gap_ms"] = round(trace.longest_gap * 1000)
    figures["changes_told"] = trace.told
    title = f"Emulated Raspberry Pi 3B, from the start of the doors, {site.began:.0f} s after power on"
    PROOF.mkdir(parents=True, exist_ok=True)
    (PROOF / "pi.svg").write_text(picture(trace, LANES, since=site.began, title=title))
