"""What a report tells of an own PIN: that it was set, for whom, and why one was not; by a real hub."""

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from doorctl.core.records import RecordKind
from doorctl.demo.witness import wait_for
from doorctl.keys.card_keys import CardKeys, code_text, load_card_keys
from doorctl.wire.own_pin import OwnPin
from tests.cli.sites import ALog, ASite, a_decision, join_controller

PATIENCE_SECONDS = 60.0


def brought(log: ALog, seq: int, keys: CardKeys, holder: str, code: str) -> None:
    """Bring the record of a PIN that somebody has set by this code."""
    pin = OwnPin(holder, 1, 6, keys.credential_key(f"pin:{holder}:258036"))
    leaf, subject = a_decision(seq, "front", subject=pin.text(keys.credential_key(code_text(code, holder=holder))))
    log.bring((replace(leaf, kind=RecordKind.OWN_PIN, outcome=None, reason=None), subject))


def told(site: ASite, *options: str) -> list[tuple[str, str]]:
    rows: list[dict[str, Any]] = site.ask("report", "changes", *options)
    return [(row["person"], row["outcome"]) for row in rows if row.get("what") == "own-pin"]


def test_a_report_of_changes_tells_of_own_pins_and_of_refused_ones_when_asked(site: ASite) -> None:
    keys = load_card_keys(Path(site.folder / "hub" / "state" / "card.keys"))
    holder = site.ask("person", "add", "carol")[0]["holder"]
    join_controller(site)
    log = ALog(site)
    *_, given = site.ask("person", "pin", "carol", "--own-code", "--no-wait")

    brought(log, 0, keys, holder, "00000000")
    brought(log, 1, keys, holder, given["code"])
    wait_for(lambda: told(site) or None, what="the PIN to be decided about", seconds=PATIENCE_SECONDS)

    assert [outcome for _, outcome in told(site)] == ["accepted"]
    assert [outcome for _, outcome in told(site, "--refused")] == ["refused (wrong-code)", "accepted"]
