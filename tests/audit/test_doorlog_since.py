"""An export goes on from an older one that somebody kept, or it is not whole."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from doorctl.audit.verify_doorlog import WrongUse, verify
from doorctl.trust.verify import sign_trust
from doorctl.wire.notes import sign_text
from tests.audit.doorlogs import (
    HUB_KEY,
    NOW,
    PINNED,
    ROOT,
    ALog,
    ASite,
    Packing,
    Sections,
    a_site,
    judge,
    pack,
    trust_note,
    trust_of,
)


def an_older_export(site: ASite) -> bytes:
    return pack(site, Packing(made_at=NOW - 10))


def rewritten(site: ASite) -> None:
    log = site["pi-1"]
    log.leaves[12] = log.leaves[12].replace(b'"b1"', b'"b2"')


def rewritten_and_longer(site: ASite) -> None:
    rewritten(site)
    site["pi-1"].write()


def shortened(site: ASite) -> None:
    del site["pi-2"].leaves[12:]
    site["hub"].leaves[6] = site["hub"].leaves[5].replace(b'"seq":5', b'"seq":6')


OLDER: dict[str, tuple[Callable[[ASite], object], Packing, str]] = {
    "younger": (lambda _: None, Packing(made_at=NOW - 20), "younger"),
    "older trust": (lambda site: site.trust.pop(), Packing(), "trust is newer"),
    "shortened": (shortened, Packing(), "had 13 records"),
    "rewritten": (rewritten, Packing(), "another history"),
    "not shown": (lambda site: site["pi-1"].write(), Packing(shape="filtered"), "nothing in the file proves"),
    "wrong proof": (
        rewritten_and_longer, Packing(since={"pi-1": 13}), "do not begin with those"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OLDER)
def test_what_does_not_go_on_from_an_older_export_is_found(tmp_path: Path, name: str) -> None:
    spoil, packing, says = OLDER[name]
    site = a_site()
    site.trust = [trust_note(1), trust_note(7)]
    older = an_older_export(site)
    del site["hub"].leaves[7:]
    spoil(site)

    verdict = judge(pack(site, packing), tmp_path, older=older)

    assert (verdict.whole, verdict.step) == (False, "older export"), verdict.failure
    assert says in verdict.failure


def test_an_older_export_of_another_site_proves_nothing_though_its_keys_and_records_are_the_same(
    tmp_path: Path,
) -> None:
    site, hub = a_site(), replace(HUB_KEY, name="hub.annex")

    def move(sections: Sections, index: dict[str, Any]) -> None:
        index["site"] = "annex"
        trust = msgspec.structs.replace(trust_of(hub=hub), site="annex")
        sections["trust/1"] = sign_trust(trust, replace(ROOT, name="root.annex")).note
        for log in site.logs:
            text = log.checkpoint().partition(b"\n\n")[0].replace(b"doorctl/hq/", b"doorctl/annex/")
            own = hub if log.name == "hub" else log.signer
            sections[f"log/{log.name}/{log.epoch}/checkpoint"] = sign_text(text + b"\n", own)

    older = pack(site, Packing(made_at=NOW - 10, spoil=move, by=hub))

    verdict = judge(pack(site), tmp_path, older=older)

    assert (verdict.whole, verdict.failure) == (False, "it is of another site, annex")


def test_a_log_of_an_older_export_may_not_vanish(tmp_path: Path) -> None:
    site = ASite([ALog("hub"), ALog("pi-1"), ALog("pi-2")])
    older = an_older_export(site)
    del site.logs[2]

    verdict = judge(pack(site, Packing(silent=[{"log": "pi-2", "why": "never heard"}])), tmp_path, older=older)

    assert (verdict.whole, verdict.failure) == (False, "pi-2/1 has vanished")


def test_a_controller_of_an_older_export_may_not_vanish_from_trust(tmp_path: Path) -> None:
    site = ASite([ALog("hub"), ALog("pi-1")])
    older = pack(site, Packing(made_at=NOW - 10, silent=[{"log": "pi-2", "why": "never heard"}]))
    site.trust = [trust_note(2, controllers=("pi-1",))]

    verdict = judge(pack(site), tmp_path, older=older)

    assert (verdict.whole, verdict.failure) == (False, "controller pi-2 has vanished from trust")


def test_an_older_export_is_not_compared_by_the_fast_check(tmp_path: Path) -> None:
    path = tmp_path / "x"

    with pytest.raises(WrongUse, match="fast"):
        verify(path, PINNED, at=NOW, since=path, fast=True)
