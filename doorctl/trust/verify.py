"""Trust: who may be hub, admin and controller, as the site root signed it, and when newer trust is taken.

1. A key of today's root must have signed it; it is reached from the pinned keys (``doorctl.trust.root_history``).
2. Any higher version is taken, whatever lies between; never a lower one, nor another one of the same version. But a
   change of the root goes before any version: a thief of one root key who counts high up does not end trust for ever.
3. Newer trust must tell the same changes of the root as the trust we hold, and may add to them: so a key that was
   rotated away cannot lead us elsewhere. A version or an epoch that leaps by a million is refused, as an alarm.
4. Trust that needs a higher feature level than ours is not taken.
5. Its expiry warns; whoever holds it goes on by it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from doorctl.durable import replace_file
from doorctl.errors import KeyFileError, Refused
from doorctl.keys.identity import root_key_name
from doorctl.trust.note import Trust
from doorctl.trust.root_history import current_roots
from doorctl.wire.messages import FEATURE_LEVEL, from_text, to_text
from doorctl.wire.notes import MAX_NOTE_BYTES, Signer, Verifier, open_note, sign_text, text_of

WARN_DAYS = (7, 30, 60)
"""So long before an end it is told: that of trust at each step, that of a certificate from the first one on."""
MOST_AHEAD = 1_000_000
"""How far a version or an epoch may lie ahead of the one that is held; no site signs so often."""
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class SignedTrust:
    """Trust as the site root signed it, and what it says."""

    note: bytes
    trust: Trust

    @property
    def hub_verifier(self) -> Verifier:
        """The key that this trust allows to be the hub."""
        return Verifier(self.trust.hub.name, self.trust.hub.sign)


def sign_trust(trust: Trust, *roots: Signer) -> SignedTrust:
    """Sign trust with one or more keys of the site root. Raises Refused ``too-large``."""
    note = sign_text(to_text(trust), *roots)
    if len(note) > MAX_NOTE_BYTES:
        raise Refused("too-large", f"trust would have {len(note)} bytes and may have {MAX_NOTE_BYTES}")
    return SignedTrust(note, trust)


def open_trust(note: bytes, *, site: str, root_keys: Iterable[bytes], held: Trust | None = None) -> SignedTrust:
    """Check trust against the pinned keys of the site root, and against the trust that we hold.

    Returns also what says the same as ``held``. Raises Refused: ``unknown-signer``, ``bad-signature``,
    ``bad-root-change``, ``needs-upgrade``, ``version-jump``, ``old-trust``, ``trust-fork``, ``root-fork``, or as
    notes and messages do.
    """
    trust = from_text(text_of(note), Trust, site=site)
    name = root_key_name(site)
    open_note(note, [Verifier(name, key) for key in current_roots(trust, root_keys)])
    if trust.needs > FEATURE_LEVEL:
        raise Refused("needs-upgrade", f"trust needs level {trust.needs}; this doorctl has level {FEATURE_LEVEL}")
    if held is not None:
        _refuse_what_is_not_newer(trust, held)
    return SignedTrust(note, trust)


def rank(trust: Trust) -> tuple[int, int]:
    """Return by what trust is newer than other trust: first the changes of the root, then the version."""
    return len(trust.root_changes), trust.version


def load_trust(path: Path, *, site: str, root_keys: Iterable[bytes], held: Trust | None = None) -> SignedTrust:
    """Load and check a stored note. Raises KeyFileError when it cannot be read, Refused when it is not trust."""
    try:
        note = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"cannot read {path}: {error.strerror}") from error
    return open_trust(note, site=site, root_keys=root_keys, held=held)


def store_trust(path: Path, signed: SignedTrust) -> None:
    """Put trust in the place of the one before it, in one durable step. Raises OSError."""
    replace_file(path, signed.note)


def site_of_trust(note: bytes) -> str:
    """Read which site a note calls its own, unchecked: the signature is checked with that name afterwards.

    Raises Refused ``malformed`` or ``not-a-note``.
    """
    try:
        return str(msgspec.json.decode(text_of(note).partition(b"\n")[2], type=dict[str, object])["site"])
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError) as error:
        raise Refused("malformed", "this is not trust") from error


def is_expired(trust: Trust, at: float) -> bool:
    """Tell whether the hub refuses additions for the age of its trust (in Unix seconds); doors never ask."""
    return trust.expires is not None and at >= trust.expires


def expiry_stage(trust: Trust, at: datetime) -> int | None:
    """Return which of ``WARN_DAYS`` to warn of, the fewest that are left; 0 when it is over, None before all that."""
    if trust.expires is None:
        return None
    left = trust.expires - at.timestamp()
    return 0 if left <= 0 else next((days for days in WARN_DAYS if left <= days * _DAY_SECONDS), None)


_REFUSED = "whatever adds or opens is refused (grant, add, resume, release, open)"


def expiry_warning(trust: Trust, at: datetime) -> str:
    """Say that trust ends soon, or has ended, and what to do; empty while there is time."""
    stage = expiry_stage(trust, at)
    if trust.expires is None or stage is None:
        return ""
    day = datetime.fromtimestamp(trust.expires, UTC).date()
    what_to_do = "sign a later date with `doorctl trust set-expiry DATE`"
    if stage == 0:
        return f"trust expired on {day}: doors and revokes go on, {_REFUSED}; {what_to_do}"
    days = int((trust.expires - at.timestamp()) // _DAY_SECONDS)
    return f"trust expires on {day}, in {days} day(s): then {_REFUSED}; {what_to_do}"


def _refuse_what_is_not_newer(trust: Trust, held: Trust) -> None:
    if trust == held:
        return
    _refuse_leap(trust, held)
    if _has_changed_root_since(trust, held):
        return
    if trust.version == held.version:
        raise Refused("trust-fork", f"the root has signed two versions {held.version}")
    if trust.version < held.version:
        raise Refused("old-trust", f"we hold version {held.version}")
    if trust.root_changes[: len(held.root_changes)] != held.root_changes:
        raise Refused("root-fork", "it tells other changes of the root than the trust that we hold")


def _refuse_leap(trust: Trust, held: Trust) -> None:
    leap = max(trust.version - held.version, trust.epoch - held.epoch)
    if leap > MOST_AHEAD:
        raise Refused("version-jump", f"version or epoch leaps by {leap}: look for a thief of a root key")


def _has_changed_root_since(trust: Trust, held: Trust) -> bool:
    count = len(held.root_changes)
    return len(trust.root_changes) > count and trust.root_changes[:count] == held.root_changes
