"""What an officer's own computer knows of rosters, beside their keys: the hub's word alone proves nothing.

1. A number that was signed is never signed for another text: of two such rosters the hub could bring either.
2. A roster that was seen in force, or brought there, is never followed by one before it.
3. A roster counts as in force when it has the version that the hub names, and as many officers have signed it as the
   zone asks for, and asked for when we signed last, none of them suspended.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from doorctl.durable import replace_file
from doorctl.errors import ConfigError, Refused
from doorctl.trust.note import Trust
from doorctl.wire.results import RosterFound
from doorctl.wire.roster import MAX_FIRST, MAX_SIGNED_AHEAD, Roster, RosterVersion, check_version, open_roster

MEMORY_FILE = "rosters-signed"
NO_VERSION = RosterVersion()


class ZoneMemory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a zone: what was signed last, what was in force last, and how many officers that took."""

    signed: RosterVersion = NO_VERSION
    in_force: RosterVersion = NO_VERSION
    signatures: int = 1


@dataclass(frozen=True, slots=True)
class Held:
    """The roster in force, or why the hub's word for it does not count; neither where there is none."""

    roster: Roster | None = None
    version: RosterVersion = NO_VERSION
    why: str = ""


class RosterMemory:
    """The memory of an officer for all zones."""

    def __init__(self, folder: Path) -> None:
        """Read it from the officer's folder. Raises ConfigError when it cannot be read."""
        self._path = folder / MEMORY_FILE
        self._zones: dict[str, ZoneMemory] = {}
        try:
            self._zones = msgspec.json.decode(self._path.read_bytes(), type=dict[str, ZoneMemory])
        except FileNotFoundError:
            return
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigError(f"cannot read {self._path}, which tells what you have signed: {error}") from error

    def of(self, zone: str) -> ZoneMemory:
        """Return what is known of a zone."""
        return self._zones.get(zone, ZoneMemory())

    def held(self, found: RosterFound, trust: Trust, *, suspended: Iterable[str]) -> Held:
        """Check the note that the hub calls in force."""
        known = self.of(found.zone)
        if not found.note and not found.version and not known.in_force.version:
            return Held()
        note, signatures = found.note.encode(), max(found.signatures, known.signatures)
        try:
            roster = open_roster(note, trust, zone=found.zone, signatures=signatures, suspended=suspended)
            check_version(version := RosterVersion.of(roster, note), after=known.in_force)
        except Refused as refusal:
            return Held(why=str(refusal))
        if roster.version != found.version:
            return Held(why=f"the hub names version {found.version} and shows version {roster.version}")
        return Held(roster, version)

    def next_version(self, found: RosterFound) -> int:
        """Return the number for a new roster. Raises Refused ``version-jump`` for one that nobody has reached."""
        signed, in_force = self.of(found.zone).signed.version, self.of(found.zone).in_force.version
        if found.version > max(MAX_FIRST, in_force + MAX_SIGNED_AHEAD):
            raise Refused("version-jump", f"the hub names version {found.version}: look for who made so many")
        return max(signed, in_force, found.version) + 1

    def sign(self, zone: str, version: RosterVersion, *, held: Held, signatures: int) -> None:
        """Remember what is signed, before it is. Raises Refused ``signed-another``, ConfigError."""
        known = self.of(zone)
        if version != known.signed and version.version <= known.signed.version:
            raise Refused(
                "signed-another", f"you have signed another roster of {zone} as {known.signed.version}: begin anew"
            )
        in_force = held.version if held.roster is not None else known.in_force
        self._store(zone, ZoneMemory(version, in_force, signatures))

    def brought(self, zone: str, version: RosterVersion) -> None:
        """Remember that the hub has put it in force."""
        self._store(zone, replace(self.of(zone), in_force=version))

    def _store(self, zone: str, known: ZoneMemory) -> None:
        zones = {**self._zones, zone: known}
        try:
            replace_file(self._path, msgspec.json.encode(zones), mode=0o600)
        except OSError as error:
            raise ConfigError(f"cannot write {self._path}: {error.strerror}; nothing was signed") from error
        self._zones = zones
