"""Whoever holds some of the keys changes what an export tells of records: found with the public root key alone.

Most files here are sealed again with the hub's own key, so that nothing but the check in question can find them.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from doorctl.audit.verify_doorlog import Place
from tests.audit.doorlogs import (
    MINUTE,
    NOW,
    ALog,
    ASite,
    Packing,
    Sections,
    a_site,
    join,
    judge,
    lines,
    pack,
    signer,
    split,
)

LEAVES = "log/pi-1/1/leaves"
OPENINGS = "log/pi-1/1/openings"
PROOFS = "log/pi-1/1/proofs"
Change = Callable[[list[bytes]], object]


def with_lines(change: Change, *, section: str = LEAVES, adds: int = 0) -> bytes:
    """Change a section's lines, and have the hub sign the file for it."""

    def spoil(sections: Sections, index: dict[str, Any]) -> None:
        found = sections[section].splitlines()
        change(found)
        sections[section] = lines(found)
        next(log for log in index["logs"] if log["log"] == "pi-1")["count"] += adds

    return pack(a_site(), Packing(spoil=spoil))


def edit(leaves: list[bytes]) -> None:
    leaves[5] = leaves[5].replace(b"granted", b"denied!")


def insert(leaves: list[bytes]) -> None:
    leaves.insert(5, leaves[5].replace(b"granted", b"denied!"))


def swap(found: list[bytes]) -> None:
    found[4], found[5] = found[5], found[4]


def swap_proofs(proofs: list[bytes]) -> None:
    proofs[1], proofs[2] = proofs[2], proofs[1]


def add(leaves: list[bytes]) -> None:
    leaves.append(leaves[-1].replace(b'"seq":12', b'"seq":13'))


def reveal_another(openings: list[bytes]) -> None:
    openings[2] = openings[2].replace(b"holder:0000000000000002", b"holder:0000000000000003")


def reveal_unknown(openings: list[bytes]) -> None:
    openings.append(json.dumps({"seq": 99, "part": 0, "salt": "00" * 16, "text": "holder:1"}).encode())


def reveal_what_nobody_committed_to(openings: list[bytes]) -> None:
    openings.insert(0, json.dumps({"seq": 0, "part": 1, "salt": "00" * 16, "text": "holder:1"}).encode())


def shorten_a_salt(openings: list[bytes]) -> None:
    found = json.loads(openings[0])
    openings[0] = json.dumps(found | {"salt": found["salt"] + "00"}).encode()


def lying(old: bytes, new: bytes) -> bytes:
    """Have a controller sign a record that does not say the truth about its place."""
    site = a_site()
    log = site["pi-1"]
    log.write(detail="the lie")
    log.leaves[-1] = log.leaves[-1].replace(old, new)
    site.upload(log)
    return pack(site)


def cut_the_tail_under_the_newest_note() -> bytes:
    return with_lines(lambda leaves: leaves.pop(), adds=-1)


def cut_the_leaves_alone() -> bytes:
    return with_lines(lambda leaves: leaves.pop())


def another_history(log: ALog, number: int) -> None:
    log.leaves[number] = log.leaves[number].replace(b'"b1"', b'"b2"')


def cut_the_tail_under_an_own_older_note() -> bytes:
    site = a_site()
    log = site["pi-1"]
    del log.leaves[7:], log.openings[5:]
    return pack(site)


def cut_the_hubs_tail() -> bytes:
    site = a_site()
    del site["hub"].leaves[4:]
    return pack(site)


def rewrite_a_controllers_log() -> bytes:
    site = a_site()
    another_history(site["pi-1"], 8)
    return pack(site)


def rewrite_the_hubs_log() -> bytes:
    site = a_site()
    another_history(site["hub"], 0)
    return pack(site)


def say_something_unreadable_of_another_log() -> bytes:
    site = a_site()
    site["hub"].write("cosigned", tree={"log": "pi-1", "epoch": 1})
    return pack(site)


def without(log: str, *, silent: bool = False) -> bytes:
    site = a_site()
    site.logs = [each for each in site.logs if each.name != log]
    return pack(site, Packing(silent=[{"log": log, "why": "gone"}] if silent else []))


def never_heard_of() -> bytes:
    """The hub holds nothing of a controller, and does not say so."""
    site = ASite([ALog("hub"), ALog("pi-1")])
    return pack(site)


def hide_an_epoch() -> bytes:
    site = a_site()
    site.logs = [site["hub"], ALog("pi-1", epoch=2), site["pi-2"]]
    site["pi-1"].write("log_opened")
    return pack(site)


def a_new_epoch_without_a_reason() -> bytes:
    site = a_site()
    site.logs.append(ALog("pi-1", epoch=2))
    site["pi-1"].write("log_opened")
    return pack(site)


def a_hub_that_lost(*then: str) -> bytes:
    site = a_site()
    del site["hub"].leaves[4:]
    site.logs.append(ALog("hub", epoch=2))
    for kind in then:
        site["hub"].write(kind)
    return pack(site)


def filtered(change: Change, section: str) -> bytes:
    def spoil(sections: Sections, _index: dict[str, Any]) -> None:
        found = sections[section].splitlines()
        change(found)
        sections[section] = lines(found)

    return pack(a_site(), Packing(shape="filtered", numbers={"pi-1": (3, 5, 6, 8)}, spoil=spoil))


def edit_a_single_record(leaves: list[bytes]) -> None:
    leaves[1] = leaves[1].replace(b"granted", b"denied!")


def tell_a_record_twice() -> bytes:
    return pack(a_site(), Packing(shape="filtered", numbers={"pi-1": (3, 5, 5)}))


def a_range(first: int, end: int, *, since: int, until: int) -> bytes:
    stretches = {("pi-1", 1): (first, end)}
    asked = {"since": NOW - 3600 + since, "until": NOW - 3600 + until}
    return pack(a_site(), Packing(shape="range", asked=asked, stretches=stretches))


def at(first: int, last: int | None = None, *, log: str = "pi-1", epoch: int = 1) -> Place:
    return Place(log, epoch, first, first if last is None else last)


ATTACKS: dict[str, tuple[Callable[[], bytes], str, str, Place | None]] = {
    "edit": (lambda: with_lines(edit), "records", "signed root", at(0, 5)),
    "delete": (lambda: with_lines(lambda found: found.pop(5), adds=-1), "records", "another number", at(5)),
    "insert": (lambda: with_lines(insert), "records", "another number", at(6)),
    "reorder": (lambda: with_lines(swap), "records", "another number", at(4)),
    "cut, newest note": (cut_the_tail_under_the_newest_note, "end", "missing behind", at(12)),
    "cut, leaves alone": (cut_the_leaves_alone, "records", "missing from here on", at(12)),
    "add behind the end": (lambda: with_lines(add), "records", "more leaves", at(13)),
    "cut, own older note": (cut_the_tail_under_an_own_older_note, "witnesses", "ends at 7", at(7, 12)),
    "cut, the hub's own log": (cut_the_hubs_tail, "witnesses", "hub/1 ends at 4", at(4, log="hub")),
    "two histories of a controller": (rewrite_a_controllers_log, "witnesses", "another history", at(6, 11)),
    "two histories of the hub": (rewrite_the_hubs_log, "witnesses", "another history", at(0, 1, log="hub")),
    "unreadable witness": (say_something_unreadable_of_another_log, "witnesses", "does not say", at(7, log="hub")),
    "controller left out": (never_heard_of, "inventory", "controller pi-2, which trust names", None),
    "controller called silent": (lambda: without("pi-2", silent=True), "inventory", "pi-2/1 is missing", None),
    "hub left out": (lambda: without("hub"), "inventory", "hub's own log", None),
    "epoch left out": (hide_an_epoch, "inventory", "pi-1/1 is missing", None),
    "epoch without a reason": (a_new_epoch_without_a_reason, "inventory", "nothing says why", at(0, epoch=2)),
    "hub lost records": (lambda: a_hub_that_lost("log_opened"), "witnesses", "hub/1 ends at 4", at(4, log="hub")),
    "hub lost records, empty epoch": (a_hub_that_lost, "witnesses", "hub/1 ends at 4", at(4, log="hub")),
    "wrong person": (lambda: with_lines(reveal_another, section=OPENINGS), "openings", "about whom", at(3)),
    "opening of no record": (lambda: with_lines(reveal_unknown, section=OPENINGS), "openings", "not here", at(99)),
    "opening of no commitment": (
        lambda: with_lines(reveal_what_nobody_committed_to, section=OPENINGS), "openings", "about whom", at(0)
    ),
    "openings out of order": (lambda: with_lines(swap, section=OPENINGS), "openings", "out of order", at(5)),
    "respelled salt": (lambda: with_lines(shorten_a_salt, section=OPENINGS), "openings", "16 bytes", at(1)),
    "another number in a leaf": (lambda: lying(b'"seq":13', b'"seq":12'), "records", "another number", at(13)),
    "another log in a leaf": (lambda: lying(b'"pi-1"', b'"pi-2"'), "records", "another log", at(13)),
    "another epoch in a leaf": (lambda: lying(b'"epoch":1', b'"epoch":2'), "records", "another log", at(13)),
    "number twice in a leaf": (lambda: lying(b"the lie", b'x","seq":9,"y":"z'), "records", "stands twice", at(13)),
    "number twice, escaped": (lambda: lying(b"the lie", b'x","\\u0073eq":9,"y":"'), "records", "twice", at(13)),
    "epoch twice in a leaf": (lambda: lying(b"the lie", b'x","epoch":9,"y":"z'), "records", "stands twice", at(13)),
    "place in a nested object": (
        lambda: lying(b'{"v":1,"controller":"pi-1","epoch":1,"seq":13,', b'{"x":{"v":1,"seq":13},'),
        "records", "no leaf", at(13),
    ),
    "no JSON": (lambda: lying(b'"detail"', b"detail"), "records", "no leaf", at(13)),
    "no UTF-8": (lambda: lying(b"the lie", b"\xff"), "records", "no leaf", at(13)),
    "a leaf of a later version": (lambda: lying(b'"v":1', b'"v":2'), "records", "newer verifier", at(13)),
    "single record edited": (
        lambda: filtered(edit_a_single_record, LEAVES), "records", "not under the signed root", at(5)
    ),
    "proof of another record": (lambda: filtered(swap_proofs, PROOFS), "records", "do not rise", at(5)),
    "leaf without a proof": (lambda: filtered(list.pop, PROOFS), "records", "without a proof", None),
    "single record twice": (tell_a_record_twice, "records", "do not rise", at(5)),
    "range begins late": (lambda: a_range(3, 9, since=3, until=8), "beginning", "before the first", at(3)),
    "range ends early": (lambda: a_range(3, 8, since=4, until=8), "end", "behind the last", at(8, 12)),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_found_and_the_first_bad_record_is_named(tmp_path: Path, name: str) -> None:
    make, step, says, bad = ATTACKS[name]

    verdict = judge(make(), tmp_path)

    assert (verdict.whole, verdict.step, verdict.first_bad) == (False, step, bad), verdict.failure
    assert says in verdict.failure
    assert verdict.proven == []


def test_an_edited_record_is_found_between_the_two_nearest_witnesses(tmp_path: Path) -> None:
    def spoil(sections: Sections, _index: dict[str, Any]) -> None:
        sections[LEAVES] = (
            sections[LEAVES].replace(b"holder", b"HOLDER").replace(b'"seq":8,"boot":"b1"', b'"seq":8,"boot":"b2"')
        )

    verdict = judge(pack(a_site(), Packing(spoil=spoil)), tmp_path)

    assert (verdict.step, verdict.first_bad) == ("records", at(6, 11))


@pytest.mark.parametrize(("shape", "fast"), [("whole", True), ("filtered", False), ("range", False)])
def test_another_history_at_the_end_is_seen_without_all_leaves_too(tmp_path: Path, shape: str, fast: bool) -> None:
    site = a_site()
    another_history(site["pi-1"], 12)
    packing = Packing(shape=shape, numbers={"hub": (5,)}, stretches={("pi-1", 1): (0, 5)} if shape == "range" else {})
    packing = replace(packing, asked={"until": NOW - 3600 + 4} if shape == "range" else {})

    verdict = judge(pack(site, packing), tmp_path, fast=fast)

    assert (verdict.whole, verdict.step) == (False, "witnesses"), verdict.failure


def a_tiny_export() -> bytes:
    site = ASite([ALog("hub"), ALog("pi-1"), ALog("pi-2")])
    for log in site.logs[1:]:
        log.write(subject="holder:1")
        site.upload(log)
        log.write("hub_root", tree=site["hub"].signed())
    return pack(site)


def flip(data: bytes, position: int, mask: int, folder: Path) -> bool:
    return judge(data[:position] + bytes([data[position] ^ mask]) + data[position + 1 :], folder).whole


@pytest.mark.parametrize("mask", [1, 0x20])
def test_no_flipped_byte_goes_unseen(tmp_path: Path, mask: int) -> None:
    data = a_tiny_export()

    assert judge(data, tmp_path).whole
    assert [position for position in range(0, len(data), 11) if flip(data, position, mask, tmp_path)] == []


@pytest.mark.long
@pytest.mark.parametrize("mask", [1, 0x20, 0x80, 0xFF])
def test_no_flipped_byte_of_all_goes_unseen(tmp_path: Path, mask: int) -> None:
    data = a_tiny_export()

    assert [position for position in range(len(data)) if flip(data, position, mask, tmp_path)] == []


def test_no_cut_of_a_file_goes_unseen(tmp_path: Path) -> None:
    data = a_tiny_export()

    assert [size for size in range(0, len(data), 13) if judge(data[:size], tmp_path).whole] == []


def test_parts_of_two_exports_do_not_make_up_one(tmp_path: Path) -> None:
    site = a_site()
    older = split(pack(site, Packing(made_at=NOW - 10)))
    site["pi-1"].write()
    site.upload(site["pi-1"])
    newer = split(pack(site))

    for mixed in (
        newer | {name: older[name] for name in older if name.startswith("log/pi-1/")},
        newer | {"index": older["index"]},
    ):
        assert judge(join(mixed), tmp_path).step == "container"


def test_an_old_export_that_is_shown_again_is_too_old(tmp_path: Path) -> None:
    shown_again = judge(pack(a_site()), tmp_path, at=NOW + 8 * 86_400)

    assert (shown_again.whole, shown_again.step) == (False, "freshness")


def test_an_export_from_the_future_is_refused(tmp_path: Path) -> None:
    assert judge(pack(a_site(), Packing(made_at=NOW + 10 * MINUTE)), tmp_path, at=NOW).step == "freshness"


def test_a_controllers_log_signed_by_another_controller_is_refused(tmp_path: Path) -> None:
    def spoil(sections: Sections, _index: dict[str, Any]) -> None:
        log = a_site()["pi-1"]
        sections["log/pi-1/1/checkpoint"] = log.checkpoint(by=signer("log.pi-2"))

    assert judge(pack(a_site(), Packing(spoil=spoil)), tmp_path).step == "checkpoints"
