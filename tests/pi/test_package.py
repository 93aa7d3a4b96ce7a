"""The package for a Pi is unpacked on its card, and its own script has set it up: all of this folder runs from it."""

from tests.pi.card import PACKAGE
from tests.pi.pi_site import PiSite

CHECK = f"cd / && grep -vE ' (opt/doorctl/lib|usr/share)/' {PACKAGE}/md5sums | md5sum --check"
"""Programs, units and what goes with them: libraries and documents are many, and an emulated Pi is slow."""


def test_what_the_package_puts_into_the_system_is_on_the_pi_as_it_was_packed(site: PiSite) -> None:
    found = site.pi.run("sh", "-c", CHECK).splitlines()

    assert {"/usr/lib/udev/rules.d/70-doorctl.rules: OK", "/opt/doorctl/bin/doorctl: OK"} <= {
        f"/{it}" for it in found
    }
    assert all(it.endswith(": OK") for it in found)
