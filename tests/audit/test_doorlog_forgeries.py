"""What is signed in an export is forged, taken from elsewhere or left out: found with the public root key alone."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doorctl.trust.verify import sign_trust
from doorctl.wire.notes import Signer, sign_text
from tests.audit.doorlogs import (
    HUB_KEY,
    MINUTE,
    NEXT_ROOT,
    NOW,
    ROOT,
    ASite,
    Packing,
    Sections,
    a_site,
    changed,
    indexed,
    join,
    judge,
    pack,
    signer,
    split,
    trust_after_a_change_of_root,
    trust_note,
    trust_of,
)

STRANGER = signer("hub.hq", "stranger")
THIEF = signer("root.hq", "thief")


def unsealed(change: Callable[[Sections], object]) -> bytes:
    """Change a file without the hub's key."""
    sections = split(pack(a_site()))
    change(sections)
    return join(sections)


def with_trust(*notes: bytes, by: Signer = HUB_KEY) -> bytes:
    return pack(ASite(a_site().logs, list(notes)), Packing(by=by))


def cosigned_by(cosigner: Signer) -> bytes:
    site = a_site()
    note = site["pi-1"].checkpoint(cosigner=cosigner)
    return changed("log/pi-1/1/checkpoint", lambda _: note)


def with_another_cosignature(note: bytes) -> bytes:
    """Put the hub's cosignature of another checkpoint under this one."""
    own, other = note.splitlines(keepends=True), a_site()["pi-2"]
    other.cosigned_at = NOW - MINUTE
    return b"".join([*own[:-1], other.checkpoint().splitlines(keepends=True)[-1]])


def cosigned_after(site: ASite) -> bytes:
    site["pi-1"].cosigned_at = NOW + 1
    return pack(site)


def former_hub_key() -> bytes:
    rotated = signer("hub.hq", "2")
    trust = sign_trust(trust_of(2, hub=rotated, former=(HUB_KEY.verifier.public_key,)), ROOT).note
    return with_trust(trust_note(), trust)


def changes_of_root(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Let a thief of the newer root's key alone tell how the root was changed."""
    first, second = trust_after_a_change_of_root()
    said = json.loads(second.split(b"\n")[1])
    change(said)
    return with_trust(first, sign_text(b"doorctl/v1/trust\n" + json.dumps(said).encode() + b"\n", NEXT_ROOT, THIEF))


def change_of_root(*by: Signer, number: int = 1, to: Signer = THIEF) -> Callable[[dict[str, Any]], object]:
    roots = [base64.b64encode(to.verifier.public_key).decode()]
    text = json.dumps({"site": "hq", "number": number, "roots": roots}).encode()
    note = sign_text(b"doorctl/v1/root-change\n" + text + b"\n", *by).decode()
    return lambda said: said.update(root_changes=[note], roots=roots)


def another_past() -> bytes:
    """Newer trust that has forgotten the change of root which older trust told."""
    later = sign_trust(trust_of(9), ROOT).note
    return with_trust(*trust_after_a_change_of_root(), later)


def two_changes_of_root() -> bytes:
    """A thief of the root that was replaced replaces it once more, by a higher version."""
    said = json.loads(sign_trust(trust_of(9), ROOT).note.split(b"\n")[1])
    change_of_root(ROOT, THIEF)(said)
    fork = sign_text(b"doorctl/v1/trust\n" + json.dumps(said).encode() + b"\n", THIEF)
    return with_trust(*trust_after_a_change_of_root(), fork)


def a_strangers_change_behind_a_taken_one() -> bytes:
    """A thief of the newer root's key tells of one more change, which only a stranger has signed."""
    first, second = trust_after_a_change_of_root()
    said = json.loads(second.split(b"\n")[1])
    taken = said["root_changes"]
    change_of_root(THIEF, number=2)(said)
    said["root_changes"] = taken + said["root_changes"]
    return with_trust(first, sign_text(b"doorctl/v1/trust\n" + json.dumps(said).encode() + b"\n", NEXT_ROOT))


def as_another_note() -> bytes:
    """Show something else that the root has signed as trust."""
    text = trust_note().partition(b"\n\n")[0].replace(b"doorctl/v1/trust", b"doorctl/v1/plan") + b"\n"
    return with_trust(sign_text(text, ROOT))


def extra_leaves(sections: Sections, _index: dict[str, Any]) -> None:
    sections["log/pi-9/1/leaves"] = b'{"v":1}\n'


LOG: dict[str, object] = {"log": "pi-1", "epoch": 1, "size": 13, "first": 0, "count": 13}
STRANGER_LINE = sign_text(b"x\n", STRANGER).splitlines(keepends=True)[-1]
README: Sections = {"readme.txt": b"You may trust this\n"}
README_LONGER: Sections = {"readme.txt": b"You may trust all of this file.\n"}


def put_in(sections: Sections) -> None:
    index = sections.pop("index")
    sections.update(people=b"", index=index)


FORGERIES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "section longer": (lambda: unsealed(lambda found: found.update(README_LONGER)), "container", "index lists"),
    "section changed": (lambda: unsealed(lambda found: found.update(README)), "container", "was changed"),
    "section taken out": (lambda: unsealed(lambda found: found.pop("trust/1")), "trust", "no trust"),
    "section put in": (lambda: unsealed(put_in), "container", "index lists"),
    "something behind the index": (lambda: pack(a_site()) + b"\n", "container", "behind the index"),
    "section twice": (
        lambda: pack(a_site()).replace(b"section verify_doorlog.py", b"section readme.txt"),
        "container", "section readme.txt stands twice",
    ),
    "index by a stranger": (lambda: pack(a_site(), Packing(by=STRANGER)), "container", "not signed"),
    "index by a former hub": (former_hub_key, "container", "not signed"),
    "index by a second key, too": (
        lambda: unsealed(lambda found: found.update(index=found["index"] + STRANGER_LINE)), "container", "not signed"
    ),
    "leaves of no log": (lambda: pack(a_site(), Packing(spoil=extra_leaves)), "container", "belongs to no log"),
    "log twice": (lambda: indexed(logs=[LOG, LOG]), "container", "log stands twice"),
    "filter of a whole export": (lambda: indexed(filter={"door": "d"}), "container", "no filter"),
    "log by another name": (lambda: indexed(logs=[LOG | {"log": "PI-1"}]), "container", "a log is called 'PI-1'"),
    "proofs of no leaf": (lambda: changed("log/pi-1/1/proofs", lambda _: b"0\n"), "records", "proofs of no leaf"),
    "unknown shape": (lambda: indexed(shape="part"), "container", "newer verifier"),
    "another size in the index": (lambda: indexed(logs=[LOG | {"size": 12}]), "checkpoints", "than the index says"),
    "checkpoint of another log": (
        lambda: changed("log/pi-1/1/checkpoint", lambda _: a_site()["pi-2"].checkpoint(by=signer("log.pi-1"))),
        "checkpoints", "another site, log",
    ),
    "checkpoint by a stranger": (
        lambda: changed("log/pi-1/1/checkpoint", lambda _: a_site()["pi-1"].checkpoint(by=signer("log.pi-1", "2"))),
        "checkpoints", "not signed by a key of that log",
    ),
    "checkpoint by the hub alone": (
        lambda: changed("log/pi-1/1/checkpoint", lambda _: a_site()["pi-1"].checkpoint(by=HUB_KEY)),
        "checkpoints", "not signed by a key of that log",
    ),
    "cosignature that does not fit": (
        lambda: changed("log/pi-1/1/checkpoint", with_another_cosignature), "checkpoints", "cosignature of hub.hq"
    ),
    "cosignature by a stranger": (lambda: cosigned_by(STRANGER), "checkpoints", "trust does not name"),
    "cosignature by the own log key": (
        lambda: cosigned_by(signer("log.pi-1")), "checkpoints", "trust does not name"
    ),
    "cosigned after the file was made": (lambda: cosigned_after(a_site()), "checkpoints", "after the file"),
    "trust by a stranger": (lambda: with_trust(trust_note(by=THIEF)), "trust", "no root that the key leads to"),
    "older trust behind newer": (lambda: with_trust(trust_note(2), trust_note(1)), "trust", "not newer"),
    "trust with another past": (another_past, "trust", "not newer"),
    "two changes of root": (two_changes_of_root, "trust", "other changes of root"),
    "root changed by the new root alone": (lambda: changes_of_root(change_of_root(THIEF)), "trust", "no root"),
    "root changed by the old root alone": (lambda: changes_of_root(change_of_root(ROOT)), "trust", "lacks the new"),
    "root changes out of order": (
        lambda: changes_of_root(change_of_root(ROOT, THIEF, number=2)), "trust", "out of order"
    ),
    "root changed by a stranger, then": (a_strangers_change_behind_a_taken_one, "trust", "of the root before it"),
    "trust that is another note": (as_another_note, "container", "not doorctl/v1/trust"),
    "other roots than the last change": (
        lambda: changes_of_root(lambda said: said.update(roots=[base64.b64encode(bytes(32)).decode()])),
        "trust", "another root than its last change",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_found_and_named(tmp_path: Path, name: str) -> None:
    make, step, says = FORGERIES[name]

    verdict = judge(make(), tmp_path)

    assert (verdict.whole, verdict.step) == (False, step), verdict.failure
    assert says in verdict.failure


def test_a_later_roots_key_alone_does_not_vouch_for_trust_before_it(tmp_path: Path) -> None:
    site = ASite(a_site().logs, trust_after_a_change_of_root())

    verdict = judge(pack(site), tmp_path, keys=[NEXT_ROOT.verifier.public_key])

    assert (verdict.step, "give every key of the root" in verdict.failure) == ("trust", True)


def test_another_sites_key_vouches_for_nothing(tmp_path: Path) -> None:
    assert judge(pack(a_site()), tmp_path, keys=[THIEF.verifier.public_key]).step == "trust"
