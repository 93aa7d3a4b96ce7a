"""What a controller says of the hub's log counts against the hub with the hub's signature, and else for nothing."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from doorctl.audit.verify_doorlog import Place, Verdict
from doorctl.trust.verify import sign_trust
from tests.audit.doorlogs import HUB_KEY, ROOT, ALog, ASite, Packing, a_site, judge, pack, signer, trust_of

ROTATED, THIEF = signer("hub.hq", "2"), signer("hub.hq", "thief")
Lie = Callable[[ALog], Mapping[str, Any]]


def another(hub: ALog, *, records: int | None = None) -> ALog:
    """Make a log of the hub's that begins with another record."""
    leaves = [hub.leaves[0].replace(b'"b1"', b'"b2"'), *hub.leaves[1:records]]
    return ALog("hub", hub.epoch, leaves)


def longer(hub: ALog) -> ALog:
    """Make a log of the hub's that goes on."""
    return ALog("hub", hub.epoch, [*hub.leaves, *hub.leaves])


def told(site: ASite, *marks: Mapping[str, Any], by: str = "pi-1") -> ASite:
    """Let a controller record what it says to have seen of the hub's log."""
    for mark in marks:
        site[by].write("hub_root", tree=dict(mark))
    site.upload(site[by])
    return site


def claims(verdict: Verdict) -> list[str]:
    """Return what the verdict says of claims."""
    return [line for line in verdict.not_proven if "the hub never signed that: the claim proves nothing" in line]


LIES: dict[str, Lie] = {
    "no signature": lambda hub: another(hub, records=3).mark(),
    "signature of the true head": lambda hub: hub.signed(3) | {"root": another(hub).root(3).hex()},
    "signature of another size": lambda hub: another(hub).signed(4) | {"size": 3, "root": another(hub).root(3).hex()},
    "by its own key": lambda hub: another(hub, records=3).signed(by=signer("log.pi-1")),
    "by a key of the name": lambda hub: another(hub, records=3).signed(by=THIEF),
    "by the hub, of a controller's log": lambda hub: (
        another(hub, records=3).mark() | {"signature": ALog("pi-1", 1, another(hub).leaves[:3]).signature(by=HUB_KEY)}
    ),
    "no base64": lambda hub: another(hub, records=3).mark() | {"signature": "-" * 92},
    "no text": lambda hub: another(hub, records=3).mark() | {"signature": [1, 2]},
    "half of a pair of UTF-16": lambda hub: another(hub, records=3).mark() | {"signature": "\ud800"},
    "beyond the end": lambda hub: longer(hub).mark(),
    "beyond any end": lambda hub: hub.mark() | {"size": 2**53},
    "an epoch that never was": lambda hub: hub.mark(3) | {"epoch": 99},
    "at the end": lambda hub: another(hub).mark() | {"size": len(hub.leaves) + 1},
}


@pytest.mark.parametrize("name", LIES)
def test_what_the_hub_never_signed_proves_nothing_and_names_the_controller(tmp_path: Path, name: str) -> None:
    site = a_site()
    lie = LIES[name](site["hub"])

    verdict = judge(pack(told(site, lie)), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    (line,) = claims(verdict)
    assert line.startswith(
        f"controller pi-1 claims in record 13 of pi-1/1 another history of hub/{lie['epoch']}, at "
    )
    assert any("11 statements" in line for line in verdict.proven)


@pytest.mark.parametrize(("shape", "fast"), [("whole", True), ("filtered", False), ("range", False)])
def test_it_proves_nothing_in_any_check_of_any_shape(tmp_path: Path, shape: str, fast: bool) -> None:
    site = a_site()
    hub, end = another(site["hub"]), len(site["hub"].leaves) + 1
    told(site, hub.mark(3), longer(hub).mark(end))
    packing = Packing(shape=shape, numbers={"pi-1": (13, 14)})

    verdict = judge(pack(site, packing), tmp_path, fast=fast)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert len(claims(verdict)) == 1


@pytest.mark.parametrize("name", ["another", "longer"])
@pytest.mark.parametrize("key", [HUB_KEY, ROTATED], ids=["a former key", "the key of today"])
def test_what_the_hub_has_signed_condemns_it_by_whichever_of_its_keys(tmp_path: Path, name: str, key: object) -> None:
    site, former = a_site(), (HUB_KEY.verifier.public_key,)
    site.trust.append(sign_trust(trust_of(2, hub=ROTATED, former=former), ROOT).note)
    by = HUB_KEY if key is HUB_KEY else ROTATED
    mark = (another(site["hub"], records=3) if name == "another" else longer(site["hub"])).signed(by=by)

    verdict = judge(pack(told(site, mark), Packing(by=ROTATED)), tmp_path)

    says = "another history of hub/1: another root at 3" if name == "another" else "hub/1 ends at 8"
    assert (verdict.whole, verdict.step) == (False, "witnesses")
    assert "record 13 of pi-1/1 saw" in verdict.failure
    assert says in verdict.failure
    assert verdict.first_bad is not None
    assert verdict.first_bad.log == "hub"


def test_a_lie_beside_it_hides_no_proof_against_the_hub(tmp_path: Path) -> None:
    site = a_site()
    hub = another(site["hub"])
    told(site, hub.mark(3), longer(hub).mark(), hub.mark(2))
    told(site, hub.signed(3), hub.mark(4), by="pi-2")

    verdict = judge(pack(site), tmp_path)

    assert (verdict.whole, verdict.first_bad) == (False, Place("hub", 1, 2, 2))
    assert "record 13 of pi-2/1 saw another history of hub/1" in verdict.failure


def test_a_lie_of_more_records_hides_no_proof_that_the_hub_has_lost_some(tmp_path: Path) -> None:
    site = a_site()
    lost = longer(site["hub"])
    told(site, lost.mark() | {"size": 99})
    told(site, lost.signed(), by="pi-2")

    verdict = judge(pack(site), tmp_path)

    assert (verdict.whole, verdict.step, verdict.first_bad) == (False, "witnesses", Place("hub", 1, 9, 13))
    assert "record 13 of pi-2/1 saw 14 records" in verdict.failure


def test_lies_of_one_controller_are_told_in_one_line_with_the_first_of_them(tmp_path: Path) -> None:
    site = a_site()
    hub = another(site["hub"])
    told(site, longer(hub).mark(12), hub.mark(4), hub.mark(3))
    told(site, hub.mark(3), by="pi-2")

    verdict = judge(pack(site), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    first, second = claims(verdict)
    assert first.startswith(
        "controller pi-1 claims in record 13 of pi-1/1 another history of hub/1, at 12, the first of 3,"
    )
    assert second.startswith("controller pi-2 claims in record 13 of pi-2/1 another history of hub/1, at 3, but")


def test_what_a_controller_of_before_says_without_a_signature_is_whole_where_it_fits(tmp_path: Path) -> None:
    site = a_site()

    verdict = judge(pack(told(site, site["hub"].mark(3))), tmp_path)

    assert (verdict.whole, verdict.failure, claims(verdict)) == (True, "", [])


@pytest.mark.parametrize(
    ("speaker", "kind", "of"),
    [("hub", "cosigned", "hub"), ("hub", "log_closed", "hub"), ("pi-1", "hub_root", "pi-2")],
)
def test_the_hub_speaks_of_controllers_logs_alone_and_they_of_the_hubs(
    tmp_path: Path, speaker: str, kind: str, of: str
) -> None:
    site = a_site()
    site[speaker].write(kind, tree=site[of].mark(3))
    site.upload(site["pi-1"])

    verdict = judge(pack(site), tmp_path)

    assert (verdict.whole, verdict.step) == (False, "witnesses")
    assert "speaks of its own log" in verdict.failure
