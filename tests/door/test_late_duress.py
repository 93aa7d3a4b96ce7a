"""Duress whose record the disk did not take at once: it is written later, with what belongs to it."""

from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.core.model import Holder
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.visitors import Escorting, Sponsor, Visitor
from tests.core import builders
from tests.door.keypads import ADA, DURESS, ZONE, Keypads


def test_duress_that_the_disk_did_not_take_is_handed_over_once_more_at_the_end(keys: Path) -> None:
    ada = Keypads(keys, ADA)
    ada.card()
    ada.keys(f"{DURESS}#")
    while ada.door.waiting:
        ada.door.fail()
    ada.door.records.close()

    (submitted,) = ada.door.waiting
    assert submitted.draft.statement.reasons == (Reason.AUDIT_FAILED, Reason.DURESS)


def late_duress_of_a_guest(keys: Path) -> Keypads:
    """Let the disk take nothing while Ada, as a guest of Grace's, is forced to open."""
    grace = Sponsor(Holder("grace"), frozenset({ZONE.id}), (builders.ADAS_GRANT,))
    visitor = Visitor("ada", sponsor="grace", sponsored_by=grace)
    guest = Keypads(keys, replace(ADA, visitor=visitor, escorting=Escorting(alone=True)))
    guest.card()
    guest.keys(f"{DURESS}#")
    while guest.door.waiting:
        guest.door.fail()
    return guest


def test_duress_of_a_guest_that_is_recorded_later_leads_to_the_sponsor(keys: Path) -> None:
    guest = late_duress_of_a_guest(keys)
    guest.door.records.try_again()

    (submitted,) = guest.door.waiting
    (sponsor,) = submitted.more
    assert Reason.DURESS in submitted.draft.statement.reasons
    assert (sponsor.statement.kind, sponsor.subject) == (RecordKind.SPONSOR, "holder:grace")
    assert sponsor.places_back == 1


@pytest.mark.parametrize(("erased", "left"), [("ada", []), ("grace", ["holder:ada"])])
def test_no_record_that_waits_leads_to_whom_is_erased_nor_from_another_to_their_sponsor(
    keys: Path, erased: str, left: list[str]
) -> None:
    guest = late_duress_of_a_guest(keys)
    guest.door.records.erase(erased)
    guest.door.records.try_again()

    submitted = [draft for each in guest.door.waiting for draft in (each.draft, *each.more)]
    assert [draft.subject for draft in submitted] == left
