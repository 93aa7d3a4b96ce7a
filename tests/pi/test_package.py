"""The package for a Pi is unpacked on its card, and its own script has set it up: all of this folder runs from it."""

from tests.pi.card import PACKAGE
from tests.pi.pi_site import PiSite


def test_every_file_of_the_package_is_on_the_pi_as_it_was_packed(site: PiSite) -> None:
    said = site.pi.run("env", "--chdir=/", "md5sum", "--check", f"/{PACKAGE}/md5sums")

    assert len(said.splitlines()) > 1000
    assert not [line for line in said.splitlines() if not line.endswith(": OK")]
