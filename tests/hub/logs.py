"""A controller's log as its door writes it, and the batches that its keeper sends."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from doorctl.audit.checkpoint import Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.leaf import Leaf, Opening, TreeMark, leaf_bytes
from doorctl.audit.tree import Tree
from doorctl.clock import ClockQuality
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.hub.outgoing import Outgoing
from doorctl.keys.sealing import seal
from doorctl.wire.messages import LogAck, LogBatch
from doorctl.wire.notes import Signer, attach
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import LogAlarm, SiteStatus
from doorctl.wire.topics import Address, Channel
from tests.hub.builders import NOON, SITE, AController, ASite, later

UNKNOWN_BADGE = "credential:" + "ab" * 32


@dataclass
class ALog:
    """A controller's log as its door writes it."""

    controller: AController
    epoch: int = 1
    leaves: list[bytes] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)

    def write(
        self,
        *,
        subject: str = "",
        door: str = "door-1",
        zone: str = "floor-3",
        outcome: str = "granted",
        kind: RecordKind = RecordKind.DECISION,
        detail: str = "",
        of: int | None = None,
        tree: TreeMark | None = None,
    ) -> None:
        seq = len(self.leaves)
        opening = Opening(seq, seq.to_bytes(16), subject) if subject else None
        leaf = Leaf(
            v=1,
            controller=self.controller.id,
            epoch=self.epoch,
            seq=seq,
            at=(NOON + timedelta(seconds=seq)).isoformat(),
            clock=ClockQuality.SYNCHRONIZED,
            boot="b",
            mono_ms=seq,
            kind=kind,
            door=door,
            zone=zone,
            outcome=Outcome(outcome),
            reason=Reason.GRANTED,
            subject=opening.commitment if opening else "",
            detail=detail,
            of=of,
            tree=tree,
        )
        self.leaves.append(leaf_bytes(leaf))
        self.openings += [opening] if opening else []

    def checkpoint(self, size: int, *, signer: Signer | None = None, log: str = "", epoch: int | None = None) -> str:
        origin = origin_of(SITE, log or self.controller.id, self.epoch if epoch is None else epoch)
        note = sign_checkpoint(
            Checkpoint(origin, size, tree_of(self.leaves[:size]).root), signer or self.controller.log
        )
        return note.decode()

    def batch(self, first: int, end: int, *, checkpoint: str | None = None) -> LogBatch:
        return LogBatch(
            site=SITE,
            controller=self.controller.id,
            log_epoch=self.epoch,
            first=first,
            leaves=tuple(leaf.decode() for leaf in self.leaves[first:end]),
            checkpoint=self.checkpoint(end) if checkpoint is None else checkpoint,
        )


def tree_of(leaves: Iterable[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree = tree.append(leaf)
    return tree


def a_log(site: ASite, *, size: int, epoch: int = 1) -> ALog:
    log = ALog(site.controllers[0], epoch)
    for _ in range(size):
        log.write()
    return log


def send(
    site: ASite, batch: LogBatch, openings: Iterable[Opening] | None = None, *, at: datetime = NOON
) -> list[Outgoing]:
    controller = next(each for each in site.controllers if each.id == batch.controller)
    sealed = None
    if openings is not None:
        plain = msgspec.json.encode(tuple(openings))
        about = f"openings:{batch.log_epoch}:{batch.first}"
        sealed = seal(plain, to=site.hub_identity.box_public, about=about)
    return site.hub.handle(Address(Channel.LOG, batch.controller), attach(controller.says(batch), sealed), at)


def acks(site: ASite, outgoing: list[Outgoing]) -> list[tuple[int, str]]:
    return [(ack.size, ack.root) for ack in site.messages(outgoing, LogAck)]


def held(site: ASite) -> list[bytes]:
    """Return what is held of controllers' logs, in the order of its arrival."""
    rows = site.connection.execute("SELECT leaf FROM records WHERE controller <> 'hub' ORDER BY position")
    return [bytes(leaf) for (leaf,) in rows]


def alarms(site: ASite, *, seconds: float = 0) -> tuple[LogAlarm, ...]:
    """Tell what the hub says, so many seconds after noon, of logs that are not what they were."""
    return site.ask_for(StatusOf(), SiteStatus, at=later(seconds)).log_alarms
