"""Changes of rights: what admins did, as the hub's own log tells it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doorctl.reports.access import Giving
from doorctl.reports.shown import Shown
from doorctl.reports.tables import Table

_WORDS = re.compile(r"\b(grant|group)=([a-z0-9-]+)")
_TIMES = re.compile(r"\b(valid_from|valid_until)=(\d+)")
_JOINS, _GRANTS = "group-join", "grant"


@dataclass(frozen=True, slots=True)
class Deed:
    """A command as recorded: ``about`` holds ids and words, ``before`` and ``after`` rows that are about nobody."""

    at: int
    admin: str
    verb: str
    about: str
    verdict: str
    holder: str = ""
    reason: str = ""
    revision: int | None = None
    before: str = ""
    after: str = ""


def changes(deeds: Iterable[Deed], shown: Shown) -> Table:
    """List commands, in the order in which they were given."""
    return Table(
        "Changes of rights",
        ("time", "admin", "what", "about", "person", "outcome", "revision", "before", "after"),
        tuple(
            (
                shown.time(deed.at),
                deed.admin,
                deed.verb,
                _with_times(deed.about, shown),
                shown.person(deed.holder) if deed.holder else None,
                f"{deed.verdict} ({deed.reason})" if deed.reason else deed.verdict,
                deed.revision,
                deed.before or None,
                deed.after or None,
            )
            for deed in deeds
        ),
        empty="Nothing was changed.",
        says="Who changed what, when. What a change said of a person stands in the hub's log, opened by an export.",
    )


def _with_times(about: str, shown: Shown) -> str:
    """Write the seconds of a validity as a time."""
    return _TIMES.sub(lambda found: f"{found[1]}={shown.time(int(found[2]))}", about)


def givings(deeds: Sequence[Deed]) -> tuple[dict[str, Giving], dict[tuple[str, str], Giving]]:
    """Return who gave each grant, and who put each holder into each group last; a plan's parts are not among them."""
    granted: dict[str, Giving] = {}
    joined: dict[tuple[str, str], Giving] = {}
    for deed in deeds:
        named = dict(_WORDS.findall(deed.about))
        if deed.verb == _GRANTS and "grant" in named:
            granted[named["grant"]] = Giving(deed.at, deed.admin)
        if deed.verb == _JOINS and deed.holder and "group" in named:
            joined[deed.holder, named["group"]] = Giving(deed.at, deed.admin)
    return granted, joined
