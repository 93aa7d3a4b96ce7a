"""How long the strike is released, and a door may stay open, for whom the usual time is too short; never shorter."""

from collections.abc import Iterable

from doorctl.core.model import HolderTimes

MOST_RELEASE_SECONDS = 60.0
MOST_HELD_OPEN_SECONDS = 600.0


def release_seconds(usual: float, times: HolderTimes | None) -> float:
    """Return for how long somebody has the strike released; what a damaged policy says has its bound, too."""
    return _longer(usual, None if times is None else times.release_seconds, MOST_RELEASE_SECONDS)


def held_open_seconds(usual: float, times: HolderTimes | None) -> float:
    """Return for how long the door may stay open behind somebody."""
    return _longer(usual, None if times is None else times.held_open_seconds, MOST_HELD_OPEN_SECONDS)


def longest(times: Iterable[HolderTimes | None]) -> HolderTimes | None:
    """Return what is long enough for all who come in together."""
    given = [each for each in times if each is not None]
    if len(given) <= 1:
        return given[0] if given else None
    releases = [each.release_seconds for each in given if each.release_seconds is not None]
    helds = [each.held_open_seconds for each in given if each.held_open_seconds is not None]
    return HolderTimes(max(releases, default=None), max(helds, default=None))


def _longer(usual: float, given: float | None, most: float) -> float:
    return usual if given is None else max(usual, min(given, most))
