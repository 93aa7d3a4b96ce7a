"""Builds .doorlog files of a log whose beginning has been dropped: by a hub that may, or by one that may not."""

import json
from collections.abc import Iterable
from functools import cache

from doorctl.audit.proofs import hashes_between
from doorctl.wire.notes import Signer, sign_text
from tests.audit.doorlogs import DAY, HUB_KEY, NOW, OFFICER, SITE, ALog, ASite, Packing, Spoil, pack

SEGMENT = 4096


def an_old_site(*, came: int = NOW - 100 * DAY, trust: int = 1, rules: Iterable[int] = (90, 365)) -> ASite:
    """A controller with two segments that are past their days and five records behind; the hub has set rules."""
    site = ASite([ALog("hub"), ALog("pi-1", leaves=[*_old_leaves()]), ALog("pi-2")])
    site["hub"].write("trust_taken", detail=f"version {trust}", at=NOW - 200 * DAY)
    for days in rules:
        said = {"admin": "grace", "command": f"{days:032}", "verb": "retention-set", "verdict": "accepted"}
        act = {**said, "after": [a_rule_row(days)]}
        site["hub"].write("command", act=act, at=NOW - 120 * DAY)
    site.upload(site["pi-1"], at=came)
    return site


def a_rule_row(days: int, *, zone: str = "") -> dict[str, object]:
    """Write a rule as the record of its command does; unless it says a zone, it is for one that no other has."""
    said = {"type": "retention-rule", "zone": zone or f"zone-{days}", "records": "*"}
    return {**said, "openings_days": None, "leaf_days": days}


@cache
def _old_leaves() -> tuple[bytes, ...]:
    log = ALog("pi-1")
    for seq in range(2 * SEGMENT + 5):
        log.write(at=NOW - 110 * DAY + seq)
    return tuple(log.leaves)


def dropped_note(log: ALog, first: int, end: int, /, *, by: Signer = HUB_KEY, **more: object) -> bytes:
    """Say that the hub dropped leaves by an officer's rule of 90 days."""
    frontier = [each.hex() for each in hashes_between(0, end, log.node())]
    said = {"site": SITE, "log": log.name, "epoch": log.epoch, "first": first, "end": end, "frontier": frontier}
    said |= {"newest": NOW - 100 * DAY, "at": NOW - 2 * DAY, "rules": [rule().decode()], **more}
    return sign_text(b"doorctl/v1/dropped\n" + json.dumps(said).encode() + b"\n", by)


def rule(
    days: int = 90, *, by: Signer = OFFICER, verb: str = "retention-set", expires: int = NOW, site: str = SITE
) -> bytes:
    """Sign an officer's rule for how long records are kept."""
    said = {
        "site": site,
        "id": f"{days:032}",
        "admin": by.name,
        "expires": expires,
        "do": {"verb": verb, "leaf_days": days},
    }
    return sign_text(b"doorctl/v1/command\n" + json.dumps(said).encode() + b"\n", by)


def without(
    site: ASite, *notes: bytes, missing: int = SEGMENT, spoil: Spoil = lambda _sections, _index: None
) -> bytes:
    """Export a site without so many records of pi-1, and with these notes of them."""
    log = site["pi-1"]
    stretches = {("pi-1", 1): (missing, len(log.leaves))}
    return pack(site, Packing(stretches=stretches, dropped={"pi-1": notes}, spoil=spoil))
