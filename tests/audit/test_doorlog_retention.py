"""Records that retention dropped: the hub's notes of them agree with its log, with trust and with older exports."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from doorctl.trust.note import AdminKeys, Role
from doorctl.trust.verify import sign_trust
from doorctl.wire.notes import Signer
from tests.audit.doorlogs import (
    DAY,
    NOW,
    ROOT,
    SEGMENT,
    ASite,
    Packing,
    a_rule_row,
    an_old_site,
    dropped_note,
    judge,
    pack,
    rule,
    signer,
    trust_note,
    trust_of,
)

FORMER = signer("admin.bob")


def without(site: ASite, *notes: bytes, made_at: int = NOW) -> bytes:
    """Export a site whose hub has dropped what these notes say; by default the first segment by a rule of 90 days."""
    log = site["pi-1"]
    notes = notes or (dropped_note(log, 0, SEGMENT),)
    stretches = {("pi-1", 1): (len(notes) * SEGMENT, len(log.leaves))}
    return pack(site, Packing(made_at=made_at, stretches=stretches, dropped={"pi-1": notes}))


def by_rule(days: int, *, site: ASite | None = None, by: Signer | None = None) -> bytes:
    site = site or an_old_site()
    signed = rule(days) if by is None else rule(days, by=by)
    return without(site, dropped_note(site["pi-1"], 0, SEGMENT, rules=[signed.decode()]))


def a_former_officer(trust: int) -> bytes:
    """The hub says that Bob, whom trust called an officer once, has set a rule under trust of this version."""
    site, keys = an_old_site(trust=trust), FORMER.verifier.public_key
    first = trust_of(1)
    bob = AdminKeys("bob", keys, bytes(32), (Role.OFFICER,))
    site.trust = [sign_trust(msgspec.structs.replace(first, admins=(*first.admins, bob)), ROOT).note, trust_note(2)]
    return by_rule(90, site=site, by=FORMER)


def part_of_a_segment() -> bytes:
    site = an_old_site()
    note = dropped_note(site["pi-1"], 0, 5)
    return pack(site, Packing(stretches={("pi-1", 1): (5, 2 * SEGMENT + 5)}, dropped={"pi-1": [note]}))


def a_rule_that_was_replaced(at: int, verb: str = "retention-set", *, is_told: bool = True) -> bytes:
    """The hub drops by the rule of 90 days what another rule for the same records, of this time, was to keep."""
    site = an_old_site()
    after = {"after": [a_rule_row(3650)]} if verb == "retention-set" else {}
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
    return without(site)


def by_an_expired_command() -> bytes:
    """The hub carries out now what an officer had signed for some minutes of long ago."""
    site = an_old_site()
    signed = rule(90, expires=NOW - 121 * DAY).decode()
    return without(site, dropped_note(site["pi-1"], 0, SEGMENT, rules=[signed]))


FORGERIES: dict[str, tuple[Callable[[], bytes], str]] = {
    "part of a segment": (part_of_a_segment, "whole segments"),
    "a rule of no day": (lambda: by_rule(0, site=an_old_site(rules=(0,))), "says of no day"),
    "what has just come": (lambda: without(an_old_site(came=NOW - 3 * DAY)), "the hub took them in"),
    "a rule that was never set": (lambda: without(an_old_site(rules=())), "no record of the hub says"),
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
    "a command that had expired": (by_an_expired_command, "had expired long since"),
    "no trust of the time": (lambda: a_former_officer(3), "an officer of the time"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_hub_cannot_drop(tmp_path: Path, name: str) -> None:
    make, says = FORGERIES[name]

    verdict = judge(make(), tmp_path)

    assert (verdict.whole, verdict.step) == (False, "beginning"), verdict.failure
    assert says in verdict.failure


def test_records_that_retention_dropped_are_told_by_notes(tmp_path: Path) -> None:
    site = an_old_site()
    log = site["pi-1"]

    verdict = judge(without(site, dropped_note(log, 0, SEGMENT), dropped_note(log, SEGMENT, 2 * SEGMENT)), tmp_path)

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
    hub = len(site["hub"].leaves)
    asked = {"since": NOW - DAY}
    stretches = {("pi-1", 1): (SEGMENT, 2 * SEGMENT + 5), ("hub", 1): (hub - 1, hub)}
    notes = {"pi-1": [dropped_note(site["pi-1"], 0, SEGMENT)]}

    verdict = judge(pack(site, Packing(shape="range", asked=asked, stretches=stretches, dropped=notes)), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert any("as the hub alone says" in line for line in verdict.not_proven)


def test_an_older_export_still_fits_when_retention_dropped_what_it_held(tmp_path: Path) -> None:
    older = pack(an_old_site(), Packing(made_at=NOW - 90 * DAY))

    assert judge(without(an_old_site()), tmp_path, older=older).failure == ""


@pytest.mark.parametrize(
    ("newest", "made_at"),
    [(NOW - 111 * DAY, NOW - 90 * DAY), (NOW - 100 * DAY, NOW - DAY)],
    ids=["newer", "still there"],
)
def test_what_an_older_export_holds_was_not_older_and_not_gone(tmp_path: Path, newest: int, made_at: int) -> None:
    site = an_old_site()
    older = pack(site, Packing(made_at=made_at))
    note = dropped_note(site["pi-1"], 0, SEGMENT, newest=newest)

    verdict = judge(without(site, note), tmp_path, older=older)

    assert (verdict.whole, verdict.step) == (False, "older export"), verdict.failure
    assert "as the older export shows" in verdict.failure
