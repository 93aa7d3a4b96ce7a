"""What was kept outside of the site is in an export as it was, or that is not whole."""

from collections.abc import Callable
from pathlib import Path

import pytest

from doorctl.audit.cosignature import cosign
from doorctl.audit.verify_doorlog import Verdict, WrongUse, verify
from tests.audit.doorlogs import HUB_KEY, NOW, PINNED, ALog, ASite, Packing, a_site, heads, pack, signer


def judged(folder: Path, site: ASite, anchors: bytes, packing: Packing | None = None) -> Verdict:
    """Verify an export of the site by what was kept."""
    path, kept = folder / "new.doorlog", folder / "heads.txt"
    path.write_bytes(pack(site, packing))
    kept.write_bytes(anchors)
    return verify(path, PINNED, at=NOW, anchor=kept)


def rewritten(site: ASite) -> None:
    """Let whoever holds every key write the logs anew, so that all of them fit together."""
    site.logs = a_site(records=6).logs


def only_the_hub(site: ASite) -> None:
    """Let them leave the controllers out, as if these had never been heard of."""
    site.logs = [site["hub"]]
    del site["hub"].leaves[1:]


def shortened(site: ASite) -> None:
    """Let them take the ends off, as if nothing had happened since."""
    for log in site.logs:
        log.leaves = log.leaves[:1]
        log.cosigned_at, log.openings = None, []


def test_anchors_that_agree_are_counted_from_the_oldest_on(tmp_path: Path) -> None:
    site = a_site()
    first = heads(site, at=NOW - 86_400)
    site["hub"].write("boot")

    verdict = judged(tmp_path, site, first + heads(site))

    assert verdict.whole, verdict.failure
    assert "anchors kept outside that agree: 6, the oldest of 2026-09-20 14:13:20 UTC" in verdict.proven
    assert not any("anchors" in line for line in verdict.not_proven)


def a_longer_site() -> ASite:
    """The same logs, but a while later."""
    site = a_site()
    site["pi-1"].write()
    site.upload(site["pi-1"], at=NOW - 5)
    return site


SILENT = [{"log": name, "why": "never heard"} for name in ("pi-1", "pi-2")]
DISAGREEING: dict[str, tuple[Callable[[ASite], object], Packing, str, str]] = {
    "rewritten": (rewritten, Packing(), "anchors", "the anchor in line 8 saw another history of pi-1/1"),
    "shortened": (shortened, Packing(), "anchors", "pi-1/1 ends at 1, though the anchor in line 8 saw 13"),
    "left out": (only_the_hub, Packing(silent=SILENT), "inventory", "pi-1/1 is missing, though the anchor in line 8"),
}  # fmt: skip


@pytest.mark.parametrize("name", DISAGREEING)
def test_what_is_not_as_it_was_kept_outside_is_found_and_named(tmp_path: Path, name: str) -> None:
    spoil, packing, step, says = DISAGREEING[name]
    site = a_site()
    kept = heads(site)
    spoil(site)

    verdict = judged(tmp_path, site, kept, packing)

    assert (verdict.whole, verdict.step) == (False, step), verdict.failure
    assert says in verdict.failure


def test_an_anchor_by_a_key_that_trust_does_not_name_is_not_passed_over(tmp_path: Path) -> None:
    site = a_site()
    stranger = cosign(site["hub"].checkpoint(by=signer("hub.hq", "2")), HUB_KEY, at=NOW - 10)

    verdict = judged(tmp_path, site, stranger + b"\n")

    assert (verdict.whole, verdict.step) == (False, "anchors")
    assert "the anchor in line 1 is not signed by keys of hub" in verdict.failure


def test_what_was_sent_after_the_file_was_made_is_told_and_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    site = a_site()
    later = a_longer_site()
    later.logs.append(ALog("pi-9", leaves=list(site["pi-1"].leaves)))

    verdict = judged(tmp_path, site, heads(later, at=NOW + 60))

    assert verdict.whole, verdict.failure
    assert "anchors kept outside that agree: 1, the oldest of 2026-09-21 14:14:20 UTC" in verdict.proven
    assert "anchors that were sent after the file was made: 3, of what is not in it" in verdict.not_proven


def test_what_was_sent_later_must_agree_with_what_is_there(tmp_path: Path) -> None:
    site = a_site()
    kept = heads(site, at=NOW + 60)
    rewritten(site)

    verdict = judged(tmp_path, site, kept)

    assert (verdict.whole, verdict.step) == (False, "anchors")


def a_restored_site() -> tuple[ASite, bytes]:
    """The hub has lost a record that was anchored, and its next epoch says so."""
    site = a_site()
    site["hub"].write("boot")
    kept = heads(site)
    mark = site["hub"].mark()
    del site["hub"].leaves[-1]
    site.logs.insert(1, ALog("hub", epoch=2))
    site["hub"].write("log_recovered", tree=mark)
    site["hub"].write("boot")
    return site, kept


def test_a_hub_that_lost_what_was_anchored_and_says_so_is_told(tmp_path: Path) -> None:
    site, kept = a_restored_site()

    verdict = judged(tmp_path, site, kept)

    assert verdict.whole, verdict.failure
    assert any("the hub has lost records and says so" in line and "anchor" in line for line in verdict.not_proven)


@pytest.mark.parametrize(
    "packing",
    [
        Packing(shape="filtered"),
        Packing(shape="range", asked={"since": NOW}, stretches={("hub", 2): (1, 2)}),
    ],
    ids=lambda packing: packing.shape,
)
def test_a_file_that_does_not_show_where_a_restored_hub_says_so_is_whole_and_tells_it(
    tmp_path: Path, packing: Packing
) -> None:
    site, kept = a_restored_site()

    verdict = judged(tmp_path, site, kept, packing)

    assert verdict.whole, verdict.failure
    assert any("has lost records, and where it must say so is not in the file" in line for line in verdict.not_proven)


def test_anchors_that_single_records_do_not_show_are_told(tmp_path: Path) -> None:
    site = a_site()
    kept = heads(site)
    site["pi-1"].write()

    verdict = judged(tmp_path, site, kept, Packing(shape="filtered"))

    assert verdict.whole, verdict.failure
    assert "anchors kept outside that agree: 2, the oldest of 2026-09-21 14:13:10 UTC" in verdict.proven
    assert "anchors that nothing in the file shows: 1, of records that are not in it" in verdict.not_proven


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (b"", "holds no heads"),
        (b"nobody\n\nwrote\n\n", "line 1: here stands no head"),
        (heads(a_site())[:-1], "cut off"),
        (
            heads(a_site()).replace(b"doorctl/hq/pi-1", b"doorctl/hr/pi-1"),
            "line 8: here stands no head of a log of hq",
        ),
    ],
)
def test_a_file_that_holds_no_heads_of_the_site_is_wrong_use(tmp_path: Path, kept: bytes, why: str) -> None:
    with pytest.raises(WrongUse, match=why):
        judged(tmp_path, a_site(), kept)


def test_anchors_are_not_compared_by_the_fast_check(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="fast"):
        verify(tmp_path / "x", PINNED, at=NOW, anchor=tmp_path / "y", fast=True)


def test_no_changed_byte_of_the_heads_goes_unseen(tmp_path: Path) -> None:
    site, path, kept = a_site(), tmp_path / "x", tmp_path / "y"
    path.write_bytes(pack(site))
    good = heads(site)
    for at in range(0, len(good), 7):
        kept.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        try:
            assert not verify(path, PINNED, at=NOW, anchor=kept).whole, at
        except WrongUse:
            continue
