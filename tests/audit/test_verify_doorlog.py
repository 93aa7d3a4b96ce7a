"""Honest exports are whole, and the verdict says what that proves and what it does not."""

from pathlib import Path

import pytest

from doorctl.audit.verify_doorlog import in_words
from doorctl.trust.verify import sign_trust
from tests.audit.doorlogs import (
    HUB_KEY,
    NEXT_ROOT,
    NOW,
    PINNED,
    ROOT,
    ALog,
    Packing,
    a_site,
    judge,
    pack,
    signer,
    trust_after_a_change_of_root,
    trust_note,
    trust_of,
)


def test_a_whole_export_is_whole_and_every_log_is_told(tmp_path: Path) -> None:
    verdict = judge(pack(a_site()), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert any("pi-1/1: 13 from record 0 on, of 13" in line for line in verdict.proven)
    assert any("10 statements; openings that fit: 20" in line for line in verdict.proven)
    assert "hardware" in in_words(verdict, "x")


def test_the_fast_check_agrees_and_says_what_it_left_out(tmp_path: Path) -> None:
    verdict = judge(pack(a_site()), tmp_path, fast=True)

    assert verdict.whole
    assert any("fast check" in line for line in verdict.not_proven)


@pytest.mark.parametrize("first", range(0, 14, 3))
def test_a_range_of_times_is_whole_wherever_it_begins(tmp_path: Path, first: int) -> None:
    site = a_site()
    end = min(first + 4, 13)
    asked = {"since": NOW - 3600 + first + 1, "until": NOW - 3600 + end - 1}
    stretches = {(name, 1): (first, end) for name in ("pi-1", "pi-2")} | {("hub", 1): (0, 7)}

    verdict = judge(pack(site, Packing(shape="range", asked=asked, stretches=stretches)), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")


def test_single_records_are_proven_each(tmp_path: Path) -> None:
    numbers = {"pi-1": (2, 3, 9), "hub": (1,)}

    verdict = judge(pack(a_site(), Packing(shape="filtered", asked={"door": "pi-1"}, numbers=numbers)), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert any("filter" in line for line in verdict.not_proven)


def test_an_export_goes_on_from_an_older_one_by_its_leaves_or_by_a_proof(tmp_path: Path) -> None:
    site = a_site()
    older = pack(site, Packing(made_at=NOW - 10))
    for log in site.logs[1:]:
        log.write()
        site.upload(log)

    by_leaves = judge(pack(site), tmp_path, older=older)
    by_proof = judge(
        pack(site, Packing(shape="filtered", since={"hub": 7, "pi-1": 13, "pi-2": 13})), tmp_path, older=older
    )

    assert (by_leaves.whole, by_leaves.failure) == (True, "")
    assert (by_proof.whole, by_proof.failure) == (True, "")


def test_a_new_epoch_that_tells_why_is_whole(tmp_path: Path) -> None:
    site = a_site()
    site["hub"].write("log_closed", tree=site["pi-2"].mark())
    for name in ("pi-1", "pi-2"):
        site.logs.append(ALog(name, epoch=2))
        site[name].write("log_recovered" if name == "pi-1" else "log_opened")
        site.upload(site[name])

    verdict = judge(pack(site), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert any("pi-1/2 began because" in line for line in verdict.not_proven)


def test_a_restored_hub_that_says_so_is_told_not_refused(tmp_path: Path) -> None:
    site = a_site()
    del site["hub"].leaves[4:]
    site.logs.append(ALog("hub", epoch=2))
    site["hub"].write("log_recovered")

    verdict = judge(pack(site), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert any("the hub has lost records" in line for line in verdict.not_proven)


def test_a_hub_that_was_restored_twice_is_told_once_each(tmp_path: Path) -> None:
    site = a_site()
    del site["hub"].leaves[4:]
    for epoch in (2, 3):
        site.logs.append(ALog("hub", epoch=epoch))
        site["hub"].write("log_recovered")
    lost = ALog("hub", epoch=2, leaves=site.logs[-2].leaves * 9)
    site["pi-1"].write("hub_root", tree=lost.signed())
    site.upload(site["pi-1"])

    verdict = judge(pack(site), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert sum("the hub has lost records" in line for line in verdict.not_proven) == 2


def test_trust_is_followed_over_a_change_of_root_and_of_the_hub(tmp_path: Path) -> None:
    site = a_site()
    site.trust = trust_after_a_change_of_root()

    assert judge(pack(site), tmp_path).failure == ""
    assert judge(pack(site), tmp_path, keys=[NEXT_ROOT.verifier.public_key, *PINNED]).failure == ""


def test_a_former_key_of_the_hub_still_vouches_for_what_it_signed(tmp_path: Path) -> None:
    site, rotated = a_site(), signer("hub.hq", "2")
    former = (HUB_KEY.verifier.public_key,)
    site.trust.append(sign_trust(trust_of(2, hub=rotated, former=former), ROOT).note)

    assert judge(pack(site, Packing(by=rotated)), tmp_path).failure == ""


def test_what_is_silent_or_not_cosigned_is_named(tmp_path: Path) -> None:
    site = a_site()
    site["pi-2"].cosigned_at = NOW - 2 * 3600
    site.trust = [trust_note(1), trust_note(4, controllers=("pi-1", "pi-2", "pi-3"))]
    people = b'{"holder":"0000000000000001","handle":"ada","name":"Ada"}\n'

    verdict = judge(pack(site, Packing(silent=[{"log": "pi-3", "why": "never heard"}], people=people)), tmp_path)

    assert verdict.failure == ""
    told = " ".join(verdict.not_proven)
    assert all(
        word in told for word in ("pi-3 has no records", "pi-2: nothing since", "versions that are not here", "names")
    )


def test_what_a_hub_says_in_a_file_writes_no_verdict(tmp_path: Path) -> None:
    site = a_site()
    site.trust.append(trust_note(2, controllers=("pi-1", "pi-2", "pi-3")))
    silent = [{"log": "pi-3", "why": "\x1b[2J\nWHOLE: all of it"}]

    words = in_words(judge(pack(site, Packing(silent=silent)), tmp_path), "x")

    assert words.count("\nWHOLE") == 0
    assert "\x1b" not in words
    assert "\\x1b[2J\\nWHOLE" in words


def test_a_log_without_a_cosignature_is_named(tmp_path: Path) -> None:
    site = a_site()
    site["pi-1"].cosigned_at = None

    assert any("pi-1: the hub has not cosigned" in line for line in judge(pack(site), tmp_path).not_proven)


@pytest.mark.parametrize("detail", ["Grüße", 'say "no"', "back\\slash", "", "\u2028", 'x,"seq":9,"epoch":3'])
def test_a_leaf_may_be_spelled_in_any_json(tmp_path: Path, detail: str) -> None:
    site = a_site()
    site["pi-1"].write(detail=detail, act={"admin": "ada", "seq": 4}, new={"seq": [1, {"epoch": 3}]})
    site.upload(site["pi-1"])

    assert judge(pack(site), tmp_path).failure == ""


def test_a_leaf_may_say_how_the_pulses_of_a_card_looked(tmp_path: Path) -> None:
    site = a_site()
    site["pi-1"].write(of=2, pulse={"width": [48, 52], "interval": [1990, 2010]}, detail="x")
    site.upload(site["pi-1"])

    assert judge(pack(site), tmp_path).failure == ""


def test_an_empty_site_is_whole(tmp_path: Path) -> None:
    site = a_site()
    for log in site.logs:
        log.leaves.clear()
        log.openings.clear()

    assert judge(pack(site), tmp_path).failure == ""


def test_every_part_of_a_commitment_to_persons_can_be_opened(tmp_path: Path) -> None:
    site = a_site()
    hub = site["hub"]
    for holder in (1, 3):
        said = [(1, f'{{"holder":"{holder}"}}'), (2, f'{{"holder":"{holder + 1}"}}')]
        hub.write("command", personal=[hub.commit(text, part=part) for part, text in said])

    assert judge(pack(site), tmp_path).failure == ""
