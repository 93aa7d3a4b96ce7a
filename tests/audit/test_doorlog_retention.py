"""Records that retention dropped: the hub's notes of them agree with its log, with trust and with older exports."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from doorctl.trust.note import AdminKeys, Role
from doorctl.trust.verify import sign_trust
from doorctl.wire.notes import Signer
from tests.audit.doorlogs import (
    CLERK,
    DAY,
    HUB_KEY,
    NOW,
    ROOT,
    ASite,
    Packing,
    Sections,
    hexes,
    judge,
    pack,
    signer,
    trust_note,
    trust_of,
)
from tests.audit.dropped_logs import SEGMENT, a_rule_row, an_old_site, dropped_note, rule, without

STRANGER = signer("hub.hq", "stranger")
FORMER = signer("admin.bob")


def by_note(*, site: ASite | None = None, missing: int = SEGMENT, by: Signer = HUB_KEY, **more: object) -> bytes:
    """Export a site whose hub has dropped the first segment, as its note says, by a rule of 90 days."""
    site = site or an_old_site()
    return without(site, dropped_note(site["pi-1"], 0, SEGMENT, by=by, **more), missing=missing)


def by_rules(*rules: bytes, site: ASite | None = None) -> bytes:
    return by_note(site=site, rules=[each.decode() for each in rules])


def with_a_gap() -> bytes:
    site = an_old_site()
    first, last = dropped_note(site["pi-1"], 0, SEGMENT), dropped_note(site["pi-1"], SEGMENT + 1, 2 * SEGMENT)
    return without(site, first, last)


def a_former_officer(trust: int) -> bytes:
    """The hub says that Bob, whom trust called an officer once, has set a rule under trust of this version."""
    site, keys = an_old_site(trust=trust), FORMER.verifier.public_key
    first = trust_of(1)
    bob = AdminKeys("bob", keys, bytes(32), (Role.OFFICER,))
    site.trust = [sign_trust(msgspec.structs.replace(first, admins=(*first.admins, bob)), ROOT).note, trust_note(2)]
    return by_rules(rule(by=FORMER), site=site)


def part_of_a_segment() -> bytes:
    site = an_old_site()
    return without(site, dropped_note(site["pi-1"], 0, 5), missing=5)


def a_rule_that_was_replaced(at: int, verb: str = "retention-set", *, is_told: bool = True) -> bytes:
    """The hub drops by the rule of 90 days what another rule for the same records, of this time, was to keep."""
    site = an_old_site()
    after = {"after": [a_rule_row(3650, zone="zone-90")]} if verb == "retention-set" else {}
    act = {
        "admin": "grace",
        "command": "f" * 32,
        "verb": verb,
        "verdict": "done",
        "before": [a_rule_row(90)] if is_told else [],
        **after,
    }
    site["hub"].write("command", act=act, at=at)
    site.upload(site["pi-1"], at=at)
    return by_note(site=site)


FORGERIES: dict[str, tuple[Callable[[], bytes], str]] = {
    "without a word": (lambda: without(an_old_site()), "before the first leaf"),
    "by a stranger's note": (lambda: by_note(by=STRANGER), "not the hub's"),
    "with a gap": (with_a_gap, "does not follow"),
    "from another log": (lambda: by_note(log="pi-2"), "does not follow"),
    "less than is missing": (lambda: by_note(missing=SEGMENT + 1), "before the first leaf"),
    "before their days": (lambda: by_note(newest=NOW - 80 * DAY), "before their days"),
    "before the longest rule's days": (lambda: by_rules(rule(), rule(365)), "before their days"),
    "by no rule": (by_rules, "before their days"),
    "by a clerk's rule": (lambda: by_rules(rule(by=CLERK)), "not signed by an officer"),
    "by another command": (lambda: by_rules(rule(verb="lockdown")), "another command"),
    "by a rule of another site": (lambda: by_rules(rule(site="hq-2")), "of another site"),
    "with another frontier": (lambda: by_note(frontier=["00" * 32]), "differ"),
    "part of a segment": (part_of_a_segment, "whole segments"),
    "a rule of no day": (lambda: by_rules(rule(0), site=an_old_site(rules=(0,))), "says of no day"),
    "what has just come": (lambda: by_note(site=an_old_site(came=NOW - 3 * DAY)), "the hub took them in"),
    "a rule that was never set": (lambda: by_note(site=an_old_site(rules=())), "no record of the hub says"),
    "a former officer": (lambda: a_former_officer(2), "an officer of the time"),
    "a rule that was replaced": (lambda: a_rule_that_was_replaced(NOW - 3 * DAY), "counts no longer"),
    "a rule that was replaced in silence": (
        lambda: a_rule_that_was_replaced(NOW - 3 * DAY, is_told=False),
        "counts no longer",
    ),
    "a rule that was taken back": (
        lambda: a_rule_that_was_replaced(NOW - 3 * DAY, "retention-remove"),
        "counts no longer",
    ),
    "a rule that was set afterwards": (
        lambda: by_note(newest=NOW - 230 * DAY, at=NOW - 130 * DAY, site=an_old_site(came=NOW - 230 * DAY)),
        "before their retention rule was set",
    ),
    "a command that had expired": (lambda: by_rules(rule(expires=NOW - 121 * DAY)), "had expired long since"),
    "no trust of the time": (lambda: a_former_officer(3), "an officer of the time"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_hub_cannot_drop(tmp_path: Path, name: str) -> None:
    make, says = FORGERIES[name]

    verdict = judge(make(), tmp_path)

    assert (verdict.whole, verdict.step in {"beginning", "container"}) == (False, True), verdict.failure
    assert says in verdict.failure


def test_another_beginning_than_was_dropped_has_another_root(tmp_path: Path) -> None:
    site = an_old_site()
    note = dropped_note(site["pi-1"], 0, SEGMENT, frontier=["00" * 32])

    def spoil(sections: Sections, _index: dict[str, Any]) -> None:
        sections["log/pi-1/1/before"] = hexes([bytes(32)])

    verdict = judge(without(site, note, spoil=spoil), tmp_path)

    assert (verdict.whole, verdict.step) == (False, "records"), verdict.failure
    assert "signed root" in verdict.failure


def test_records_that_retention_dropped_are_told_by_notes(tmp_path: Path) -> None:
    site = an_old_site()
    log = site["pi-1"]
    notes = dropped_note(log, 0, SEGMENT), dropped_note(log, SEGMENT, 2 * SEGMENT)

    verdict = judge(without(site, *notes, missing=2 * SEGMENT), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    told = [line for line in verdict.not_proven if "dropped" in line]
    assert len(told) == 1
    assert "records 0 to 8191 of pi-1/1" in told[0]
    assert "after 90 days, the newest of" in told[0]
    assert "which the hub's records bear out; by the rules: * in * 90 days" in told[0]


def test_what_was_dropped_before_a_rule_was_replaced_was_dropped_by_it(tmp_path: Path) -> None:
    assert judge(a_rule_that_was_replaced(NOW - DAY), tmp_path).failure == ""


def test_a_rule_of_an_officer_of_then_counts_though_they_are_none_any_more(tmp_path: Path) -> None:
    assert judge(a_former_officer(1), tmp_path).failure == ""


def test_where_the_hubs_log_does_not_tell_the_verdict_says_whose_word_it_is(tmp_path: Path) -> None:
    site = an_old_site()
    hub, size = (len(site[name].leaves) for name in ("hub", "pi-1"))
    asked = {"since": NOW - DAY}
    stretches = {("pi-1", 1): (SEGMENT, size), ("hub", 1): (hub - 1, hub)}
    notes = {"pi-1": [dropped_note(site["pi-1"], 0, SEGMENT)]}

    verdict = judge(pack(site, Packing(shape="range", asked=asked, stretches=stretches, dropped=notes)), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert any("as the hub alone says" in line for line in verdict.not_proven)


def test_an_older_export_still_fits_when_retention_dropped_what_it_held(tmp_path: Path) -> None:
    older = pack(an_old_site(), Packing(made_at=NOW - 90 * DAY))

    assert judge(by_note(), tmp_path, older=older).failure == ""


@pytest.mark.parametrize(
    ("newest", "made_at"),
    [(NOW - 111 * DAY, NOW - 90 * DAY), (NOW - 100 * DAY, NOW - DAY)],
    ids=["newer", "still there"],
)
def test_what_an_older_export_holds_was_not_older_and_not_gone(tmp_path: Path, newest: int, made_at: int) -> None:
    older = pack(an_old_site(), Packing(made_at=made_at))

    verdict = judge(by_note(newest=newest), tmp_path, older=older)

    assert (verdict.whole, verdict.step) == (False, "older export"), verdict.failure
    assert "as the older export shows" in verdict.failure
