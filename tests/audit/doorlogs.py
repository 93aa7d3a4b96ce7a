"""Builds .doorlog files by docs/audit-log.md alone: honest ones, and ones that a holder of some keys could make."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.audit.cosignature import cosign
from doorctl.audit.proofs import NodeAt, consistency_proof, grow, hashes_between, inclusion_proof
from doorctl.audit.tree import Tree, leaf_hash, node_hash
from doorctl.audit.verify_doorlog import Verdict, verify
from doorctl.trust.note import AdminKeys, ControllerKeys, HubKeys, Role, Trust
from doorctl.trust.root_history import change_root
from doorctl.trust.verify import sign_trust
from doorctl.wire.notes import Signer, sign_text

SITE = "hq"
NOW = 1_790_000_000
MINUTE, DAY = 60, 86_400
Sections = dict[str, bytes]
Spoil = Callable[[Sections, dict[str, Any]], object]


def signer(name: str, seed: str = "") -> Signer:
    """Return the key of this name; ``seed`` makes another one of the same name."""
    return Signer(name, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{name}{seed}".encode()).digest()))


ROOT, NEXT_ROOT, HUB_KEY = signer("root.hq"), signer("root.hq", "2"), signer("hub.hq")
OFFICER, CLERK = signer("admin.grace"), signer("admin.alan")
PINNED = [ROOT.verifier.public_key]
KEY_OPTION = ("--key", base64.urlsafe_b64encode(PINNED[0]).decode().rstrip("="))
"""The root key as the command takes it."""


def trust_of(
    version: int = 1,
    *,
    hub: Signer = HUB_KEY,
    former: tuple[bytes, ...] = (),
    controllers: Iterable[str] = ("pi-1", "pi-2"),
) -> Trust:
    """Say who may be hub, admin and controller."""
    officer = AdminKeys("grace", OFFICER.verifier.public_key, bytes(32), (Role.ADMIN, Role.OFFICER))
    clerk = AdminKeys("alan", CLERK.verifier.public_key, bytes(32), (Role.CLERK,))
    named = tuple(
        ControllerKeys(each, bytes(32), signer(f"log.{each}").verifier.public_key, bytes(32)) for each in controllers
    )
    keys, admins = HubKeys(hub.name, hub.verifier.public_key, bytes(32), former), (officer, clerk)
    return Trust(site=SITE, version=version, roots=tuple(PINNED), hub=keys, controllers=named, admins=admins)


def trust_note(version: int = 1, *, controllers: Iterable[str] = ("pi-1", "pi-2"), by: Signer = ROOT) -> bytes:
    """Sign trust."""
    return sign_trust(trust_of(version, controllers=controllers), by).note


def trust_after_a_change_of_root() -> list[bytes]:
    """Return trust of the first root, and trust of the root that followed it."""
    first = trust_of()
    return [sign_trust(first, ROOT).note, sign_trust(change_root(first, old=[ROOT], new=[NEXT_ROOT]), NEXT_ROOT).note]


@dataclass
class ALog:
    """One epoch of one log."""

    name: str
    epoch: int = 1
    leaves: list[bytes] = field(default_factory=list)
    openings: list[dict[str, Any]] = field(default_factory=list)
    cosigned_at: int | None = None

    def write(self, kind: str = "decision", *, subject: str = "", at: float | None = None, **more: object) -> int:
        """Write a record, with an opening where it has a subject."""
        seq = len(self.leaves)
        time = datetime.fromtimestamp(NOW - 3600 + seq if at is None else at, UTC).isoformat(timespec="milliseconds")
        leaf: dict[str, object] = {
            "v": 1,
            "controller": self.name,
            "epoch": self.epoch,
            "seq": seq,
            "boot": "b1",
            "kind": kind,
        }
        leaf |= {"at": time.replace("+00:00", "Z"), "clock": "synchronized", "mono_ms": seq, **more}
        if subject:
            leaf["subject"] = self.commit(subject)
        self.leaves.append(json.dumps(leaf, separators=(",", ":")).encode())
        return seq

    def commit(self, text: str, *, part: int = 0) -> str:
        """Keep an opening, and return what it opens."""
        salt = hashlib.sha256(f"{self.name}{len(self.leaves)}{part}".encode()).digest()[:16]
        self.openings.append({"seq": len(self.leaves), "part": part, "salt": salt.hex(), "text": text})
        return hmac.digest(salt, text.encode(), "sha256").hex()

    @property
    def signer(self) -> Signer:
        """Whoever signs its checkpoints."""
        return HUB_KEY if self.name == "hub" else signer(f"log.{self.name}")

    def root(self, size: int | None = None) -> bytes:
        """Return the root at a size."""
        return grow(Tree(), self.leaves[:size])[0].root

    def mark(self, size: int | None = None) -> dict[str, Any]:
        """Say how another log sees it."""
        size = len(self.leaves) if size is None else size
        return {"log": self.name, "epoch": self.epoch, "size": size, "root": self.root(size).hex()}

    def signed(self, size: int | None = None, *, by: Signer | None = None) -> dict[str, Any]:
        """Say how a controller sees the hub's log: with the signature that stands under its checkpoint."""
        return self.mark(size) | {"signature": self.signature(size, by=by)}

    def signature(self, size: int | None = None, *, by: Signer | None = None) -> str:
        """Return the signature under its checkpoint, of a log that nobody has cosigned."""
        return self.checkpoint(size, by=by).decode().rpartition(" ")[2].rstrip()

    def node(self) -> NodeAt:
        """Look up its subtrees."""

        def node(level: int, place: int) -> bytes:
            if level == 0:
                return leaf_hash(self.leaves[place])
            return node_hash(node(level - 1, 2 * place), node(level - 1, 2 * place + 1))

        return node

    def checkpoint(self, size: int | None = None, *, by: Signer | None = None, cosigner: Signer = HUB_KEY) -> bytes:
        """Sign it as it was at a size, cosigned if the hub has heard of it."""
        mark = self.mark(size)
        root = base64.b64encode(bytes.fromhex(mark["root"])).decode()
        text = f"doorctl/{SITE}/{self.name}/{self.epoch}\n{mark['size']}\n{root}\n".encode()
        note = sign_text(text, by or self.signer)
        return note if self.cosigned_at is None else cosign(note, cosigner, at=self.cosigned_at)


@dataclass
class ASite:
    """The logs of a site, and the trust that its hub has held."""

    logs: list[ALog]
    trust: list[bytes] = field(default_factory=lambda: [trust_note()])

    def __getitem__(self, name: str) -> ALog:
        """Return the newest epoch of a log."""
        return [log for log in self.logs if log.name == name][-1]

    def upload(self, log: ALog, *, at: int = NOW - MINUTE) -> None:
        """Let the hub take in what a controller has written, and cosign it."""
        self["hub"].write("cosigned", tree=log.mark(), at=at)
        log.cosigned_at = at


def a_site(*, records: int = 5) -> ASite:
    """Two controllers that each upload twice, and see the hub's log in between."""
    site = ASite([ALog("hub"), ALog("pi-1"), ALog("pi-2")])
    site["hub"].write("log_opened")
    for log in site.logs[1:]:
        log.write("log_opened")
    for _ in range(2):
        for log in site.logs[1:]:
            for number in range(records):
                log.write(subject=f"holder:{number:016x}", door=log.name, zone="floor-3", outcome="granted")
            site.upload(log)
            log.write("hub_root", tree=site["hub"].signed())
    for log in site.logs[1:]:
        site.upload(log)
    return site


def lines(each: Iterable[bytes]) -> bytes:
    """Write a section of lines."""
    return b"".join(line + b"\n" for line in each)


def hexes(each: Iterable[bytes]) -> bytes:
    """Write a section of hashes."""
    return lines(each_hash.hex().encode() for each_hash in each)


def log_sections(log: ALog, first: int, end: int, *, size: int | None = None, with_openings: bool = True) -> Sections:
    """Write a stretch of a log."""
    size = len(log.leaves) if size is None else size
    openings = [each for each in log.openings if first <= each["seq"] < end and with_openings]
    return {
        "checkpoint": log.checkpoint(size),
        "leaves": lines(log.leaves[first:end]),
        "before": hexes(hashes_between(0, first, log.node())),
        "after": hexes(hashes_between(end, size, log.node())),
        "openings": lines(json.dumps(each, separators=(",", ":")).encode() for each in openings),
    }


def filtered_sections(log: ALog, numbers: Sequence[int]) -> Sections:
    """Write single records of a log, with their proofs."""
    size, node = len(log.leaves), log.node()
    proofs = [[str(n).encode(), *(h.hex().encode() for h in inclusion_proof(n, size, node))] for n in numbers]
    openings = [each for each in log.openings if each["seq"] in numbers]
    return {
        "checkpoint": log.checkpoint(),
        "leaves": lines(log.leaves[number] for number in numbers),
        "proofs": lines(b" ".join(proof) for proof in proofs),
        "openings": lines(json.dumps(each, separators=(",", ":")).encode() for each in openings),
    }


@dataclass
class Packing:
    """What goes into a file, and what is done to it before the hub signs the index."""

    made_at: int = NOW
    shape: str = "whole"
    asked: Mapping[str, Any] = field(default_factory=dict)
    stretches: Mapping[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    numbers: Mapping[str, Sequence[int]] = field(default_factory=dict)
    since: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    silent: Sequence[Mapping[str, str]] = ()
    people: bytes = b""
    spoil: Spoil = lambda _sections, _index: None
    by: Signer = HUB_KEY


def pack(site: ASite, packing: Packing | None = None) -> bytes:
    """Make the file."""
    packing = packing or Packing()
    sections: Sections = {"readme.txt": b"An exported proof.\n", "verify_doorlog.py": b"# the verifier\n"}
    sections |= {f"trust/{number}": note for number, note in enumerate(site.trust, start=1)}
    logs = []
    for log in site.logs:
        entry, parts = _pack_log(log, packing)
        logs.append(entry)
        sections |= {f"log/{log.name}/{log.epoch}/{part}": data for part, data in parts.items() if data}
    sections |= {"people": packing.people} if packing.people else {}
    index = {"site": SITE, "id": "0" * 32, "made_at": packing.made_at, "admin": "ada", "filter": packing.asked}
    index |= {"shape": packing.shape, "logs": logs, "silent": packing.silent}
    packing.spoil(sections, index)
    return seal(sections, index, by=packing.by)


def _pack_log(log: ALog, packing: Packing) -> tuple[dict[str, Any], Sections]:
    size = len(log.leaves)
    if packing.shape == "filtered":
        numbers = packing.numbers.get(log.name, ())
        first, count, parts = (numbers or (0,))[0], len(numbers), filtered_sections(log, numbers)
    else:
        first, end = packing.stretches.get((log.name, log.epoch), (0, size))
        count, parts = end - first, log_sections(log, first, end)
    if log.name in packing.since:
        old = packing.since[log.name]
        parts[f"since/{old}"] = hexes(consistency_proof(old, size, log.node()))
    if log.name in packing.dropped:
        parts["dropped"] = b"".join(note + b"\n" for note in packing.dropped[log.name])
    return {"log": log.name, "epoch": log.epoch, "size": size, "first": first, "count": count}, parts


def seal(sections: Sections, index: Mapping[str, Any], *, by: Signer = HUB_KEY) -> bytes:
    """Sign the index over these sections and write the file."""
    listed = [
        {"name": name, "length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sections.items()
    ]
    note = sign_text(b"doorctl/v1/doorlog\n" + json.dumps({**index, "sections": listed}).encode() + b"\n", by)
    return join(sections | {"index": note})


def changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Change a section, and have the hub sign the file for it."""

    def spoil(sections: Sections, _index: dict[str, Any]) -> None:
        sections[name] = change(sections.get(name, b""))

    return pack(a_site(), Packing(spoil=spoil))


def indexed(**more: object) -> bytes:
    """Have the hub sign an index that says something else."""
    return pack(a_site(), Packing(spoil=lambda _sections, index: index.update(more)))


def join(sections: Sections) -> bytes:
    """Write the container."""
    parts = [f"section {name} {len(data)}\n".encode() + data + b"\n" for name, data in sections.items()]
    return b"doorlog/1\n" + b"".join(parts)


def split(data: bytes) -> Sections:
    """Take the container apart again, index and all."""
    sections, at = {}, len(b"doorlog/1\n")
    while at < len(data):
        header, _, _ = data[at:].partition(b"\n")
        _, name, length = header.split(b" ")
        start = at + len(header) + 1
        sections[name.decode()] = data[start : start + int(length)]
        at = start + int(length) + 1
    return sections


def heads(site: ASite, *, at: int = NOW - 10) -> bytes:
    """Write the heads as `doorctl audit anchor` does at this time."""
    hub = cosign(site["hub"].checkpoint(), HUB_KEY, at=at)
    return b"".join(note + b"\n" for note in (hub, *(log.checkpoint() for log in site.logs[1:])))


def judge(
    data: bytes,
    folder: Path,
    *,
    older: bytes | None = None,
    keys: Sequence[bytes] = PINNED,
    at: float = NOW + MINUTE,
    fast: bool = False,
) -> Verdict:
    """Verify a file with nothing but public root keys."""
    path, since = folder / "new.doorlog", folder / "old.doorlog"
    path.write_bytes(data)
    if older is not None:
        since.write_bytes(older)
    return verify(path, keys, at=at, since=since if older is not None else None, fast=fast)
