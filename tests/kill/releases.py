"""Releases of a strike, held against the decisions that were recorded before them."""

import time

from doorctl.clock import boottime

CLOCK_SLACK_SECONDS = 0.002
_READINGS = 32


def since_boot() -> float:
    """Return how far CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC.

    Whoever is held up between the two readings finds too little, so it is the most of many that counts.
    """
    return max(boottime() - time.monotonic() for _ in range(_READINGS))


def without_a_grant(releases: list[float], grants: list[float]) -> list[float]:
    """Return the releases that have no granted decision of their own before them."""
    unused, missing = sorted(grants), []
    for release in sorted(releases):
        before = [grant for grant in unused if grant <= release + CLOCK_SLACK_SECONDS]
        if before:
            unused.remove(before[-1])
        else:
            missing.append(release)
    return missing
