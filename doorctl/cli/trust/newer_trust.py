"""Newer trust for an admin: the retained note of the broker, taken only if the pinned root keys lead to it."""

from contextlib import suppress

from doorctl.cli.account import Pins
from doorctl.errors import DoorctlError
from doorctl.trust.note import HubKeys
from doorctl.trust.verify import open_trust, store_trust


def hub_by_newer_trust(pins: Pins, note: bytes) -> HubKeys | None:
    """Keep trust that is newer than ours, and return the hub that it names; None for any other note.

    Trust that cannot be stored counts for this time.
    """
    try:
        held = pins.read()
        if held.note == note:
            return None
        offered = open_trust(note, site=pins.site, root_keys=pins.root_keys, held=held.trust)
    except DoorctlError:  # whoever owns the broker can keep anything there
        return None
    if offered.trust == held.trust:
        return None
    with suppress(OSError):
        store_trust(pins.trust, offered)
    return offered.trust.hub
