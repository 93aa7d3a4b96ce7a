"""Every mistake of a site file at once, each with its place."""

from collections.abc import Mapping, Sequence

import msgspec

from doorctl.errors import ConfigError
from doorctl.site.words import in_words

MOST_TOLD = 50


class SiteFileError(ConfigError):
    """A site file cannot be used; the text names every mistake, up to fifty."""


class Mistakes:
    """Collects what is wrong with a file; ``places`` says of what an entry is called where it stands."""

    def __init__(self, source: str, places: Mapping[str, str] | None = None) -> None:
        """Speak of this file."""
        self._source = source
        self._places = places or {}
        self._found: list[str] = []

    def add(self, place: str, what: object) -> None:
        """Note one mistake."""
        place = self._places.get(place, place)
        self._found.append(f"{place}: {in_words(what) if isinstance(what, msgspec.ValidationError) else what}")

    def raise_if_any(self) -> None:
        """Raise SiteFileError if there are mistakes."""
        if self._found:
            raise SiteFileError("\n".join([f"{self._source} has {len(self._found)} mistake(s):", *self._told()]))

    def _told(self) -> Sequence[str]:
        more = len(self._found) - MOST_TOLD
        return [*self._found[:MOST_TOLD], *([f"… and {more} more"] if more > 0 else [])]
