"""Releases of a strike, held against the decisions that were recorded before them."""

CLOCK_SLACK_SECONDS = 0.002


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
