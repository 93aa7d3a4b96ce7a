"""How the site root has changed: from the keys somebody was given once to the keys that sign trust today.

1. Changes are numbered from 1 without a gap, and each says which keys are the root from then on.
2. A change counts when a key of the root before it and a key of the root after it have signed it.
3. Who was given keys of a later root begins at the first change that one of these keys has signed; what lies before
   is history that they need not follow, and what does not lead on from them is refused.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.keys.identity import root_key_name
from doorctl.trust.note import RootChange, Trust
from doorctl.wire.messages import from_text, to_text
from doorctl.wire.notes import Signer, Verifier, open_note, sign_text, text_of

LAST_VERSION = 2**53


def current_roots(trust: Trust, pinned: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the keys of today's root, reached from the pinned ones. Raises Refused ``bad-root-change``.

    The caller goes on to check that one of them has signed the trust that carries these changes.
    """
    roots, has_begun = tuple(pinned), False
    for number, note in enumerate(trust.root_changes, start=1):
        change = _read(note, trust.site, number)
        if _is_signed(note, trust.site, roots):
            if not _is_signed(note, trust.site, change.roots):
                raise Refused("bad-root-change", f"no key of the new root has signed change {number}")
            roots, has_begun = change.roots, True
        elif has_begun:
            raise Refused("bad-root-change", f"no key of the root before it has signed change {number}")
    if trust.root_changes and trust.roots != _read(trust.root_changes[-1], trust.site).roots:
        raise Refused("bad-root-change", "trust names other root keys than its last change of the root")
    return roots


def change_root(trust: Trust, *, old: Sequence[Signer], new: Sequence[Signer]) -> Trust:
    """Return the next version of trust, with its next change of the root signed by keys of both.

    ``new`` are all keys of the new root. Raises Refused ``not-the-root`` when none of ``old`` is of the present root.
    """
    if not any(signer.verifier.public_key in trust.roots for signer in old):
        raise Refused("not-the-root", "none of these keys is of the site's present root")
    roots = tuple(signer.verifier.public_key for signer in new)
    change = RootChange(site=trust.site, number=len(trust.root_changes) + 1, roots=roots)
    distinct = {signer.verifier.public_key: signer for signer in (*old, *new)}
    note = sign_text(to_text(change), *distinct.values()).decode()
    version = trust.version % LAST_VERSION + 1  # a change of the root outranks any version, so it may begin anew
    return replace(trust, version=version, roots=roots, root_changes=(*trust.root_changes, note))


def _read(note: str, site: str, number: int | None = None) -> RootChange:
    try:
        change = from_text(text_of(note.encode()), RootChange, site=site)
    except Refused as refusal:
        raise Refused("bad-root-change", str(refusal)) from refusal
    if number not in (None, change.number):
        raise Refused("bad-root-change", f"change {number} calls itself {change.number}")
    return change


def _is_signed(note: str, site: str, keys: Iterable[bytes]) -> bool:
    name = root_key_name(site)
    try:
        open_note(note.encode(), [Verifier(name, key) for key in keys])
    except Refused:
        return False
    return True
