"""Rosters as a door believes them: signed by enough officers that trust names, and never an older one again.

1. A roster is looked at when its note, trust or the suspended admins have changed, not at each swipe.
2. One whose signatures do not suffice, with a lower version than the highest that ever counted, with that one and
   another text, or with one far beyond it, is no roster.
3. Rosters of zones with a number of signatures count as soon as they come; those of others when they are asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from doorctl import journal
from doorctl.core.model import RosterLine as Line
from doorctl.core.model import Schedule
from doorctl.core.request import AccessRequest
from doorctl.errors import Refused
from doorctl.policy.building import schedule_of
from doorctl.trust.note import Trust
from doorctl.wire.roster import CARD_BYTES, Roster, RosterVersion, check_version, clock_of, marked_key, open_roster

FEWEST_SIGNATURES = 1


@dataclass(frozen=True, slots=True)
class _Counting:
    """A roster that counts: its lines by holder and the beginning of a card's key of so many keys of the ring."""

    ring_keys: int
    lines: Mapping[tuple[str, bytes | None], tuple[Line, ...]]


class RosterBook:
    """The rosters of a policy; used from one thread."""

    def __init__(
        self, *, signatures: Mapping[str, int] | None = None, accepted: Mapping[str, RosterVersion] | None = None
    ) -> None:
        """Ask for so many signatures in these zones; ``accepted`` is the highest version that counted in each."""
        self._signatures = dict(signatures or {})
        self._versions = dict(accepted or {})
        self._trust: Trust | None = None
        self._notes: Mapping[str, str] = {}
        self._suspended: frozenset[str] = frozenset()
        self._counting: dict[str, _Counting | None] = {}
        self._news: dict[str, RosterVersion] = {}

    def believe(self, trust: Trust) -> None:
        """Take another trust: every roster is looked at again."""
        self._trust = trust
        self._counting.clear()
        self._look_at_ours()

    def take(self, notes: Mapping[str, str], *, suspended: frozenset[str]) -> None:
        """Take the rosters that stand in the policy, by their zones, and the admins who are suspended."""
        for zone in tuple(self._counting):
            if suspended != self._suspended or notes.get(zone) != self._notes.get(zone):
                del self._counting[zone]
        self._notes, self._suspended = notes, suspended
        self._look_at_ours()

    def lines(self, zone: str, holder: str, request: AccessRequest) -> tuple[Line, ...] | None:
        """Return the lines for a holder with the card of a request, None without a roster that counts."""
        counting = self._look_at(zone)
        if counting is None:
            return None
        credential = request.credential(counting.ring_keys)
        return () if credential is None else counting.lines.get((holder, credential[:CARD_BYTES]), ())

    def take_news(self) -> dict[str, RosterVersion]:
        """Return, once, the zones in which a higher version counts than ever before, with that version."""
        news, self._news = self._news, {}
        return news

    def _look_at_ours(self) -> None:
        for zone in self._signatures:
            self._look_at(zone)

    def _look_at(self, zone: str) -> _Counting | None:
        if self._trust is None:  # at a door's start it comes a moment later
            return None
        if zone not in self._counting and zone in self._notes:
            self._counting[zone] = self._opened(zone, self._notes[zone], self._trust)
        return self._counting.get(zone)

    def _opened(self, zone: str, note: str, trust: Trust) -> _Counting | None:
        try:
            roster, version = self._checked(zone, note, trust)
        except Refused as error:
            journal.say("roster_refused", journal.Level.ALARM, zone=zone, why=error)
            return None
        if version != self._versions.get(zone):
            self._versions[zone] = self._news[zone] = version
        return _Counting(roster.ring, _by_holder_and_card(roster))

    def _checked(self, zone: str, note: str, trust: Trust) -> tuple[Roster, RosterVersion]:
        signatures = self._signatures.get(zone, FEWEST_SIGNATURES)
        roster = open_roster(note.encode(), trust, zone=zone, signatures=signatures, suspended=self._suspended)
        version = RosterVersion.of(roster, note.encode())
        check_version(version, after=self._versions.get(zone, RosterVersion()))
        return roster, version


def _by_holder_and_card(roster: Roster) -> dict[tuple[str, bytes | None], tuple[Line, ...]]:
    """Read the lines; one on a schedule that does not stand in the roster admits at no time."""
    schedules = {row.id: schedule_of(row) for row in roster.schedules}
    timezone = clock_of(roster)
    lines: dict[tuple[str, bytes | None], tuple[Line, ...]] = {}
    for line in roster.lines:
        until = None if line.until is None else datetime.fromtimestamp(line.until, UTC)
        schedule = None if line.schedule is None else schedules.get(line.schedule, Schedule(line.schedule, ()))
        key = (line.holder, marked_key(line.card))
        read = Line(None, until) if schedule is None else Line(schedule, until, timezone)
        lines[key] = (*lines.get(key, ()), read)
    return lines
