"""The hub's own log for the keeper's tests: it grows, proves that it only grew, or tells another history."""

from doorctl.audit.checkpoint import Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.proofs import consistency_proof
from doorctl.audit.tree import EMPTY_ROOT, Tree
from doorctl.keeper.hub_log import Seen
from doorctl.trust.note import HubKeys
from doorctl.wire.bell import HubSigned
from doorctl.wire.messages import LogAck
from tests.keeper.site import CONTROLLER, SITE, ASite

ROOT = EMPTY_ROOT.hex()


def tree_over(leaves: list[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree = tree.append(leaf)
    return tree


class AHubLog:
    """One epoch of the log that the hub of a site writes."""

    def __init__(self, site: ASite, *, epoch: int = 1, records: int = 0, history: str = "") -> None:
        self._site = site
        self.epoch = epoch
        self._history = history
        self.leaves: list[bytes] = []
        self.grow(records)

    @property
    def keys(self) -> HubKeys:
        hub = self._site.hub
        return HubKeys(hub.signer.name, hub.sign_public, hub.box_public)

    def grow(self, records: int) -> None:
        """Write more records; another history has other ones."""
        self.leaves += [f"{self._history}{len(self.leaves) + each}".encode() for each in range(records)]

    def checkpoint(self) -> str:
        """The signed checkpoint of all of it."""
        tree = tree_over(self.leaves)
        told = Checkpoint(origin_of(SITE, "hub", self.epoch), tree.size, tree.root)
        return sign_checkpoint(told, self._site.hub.signer).decode()

    def seen(self) -> Seen:
        """What a controller has seen that knows all of it."""
        tree = tree_over(self.leaves)
        return Seen(self.epoch, tree.size, tree.root.hex(), self.checkpoint())

    def told(self) -> HubSigned:
        """What a door is told of all of it."""
        seen = self.seen()
        return HubSigned(seen.epoch, seen.size, seen.root, seen.note.split()[-1])

    def proof(self, since: int) -> tuple[str, ...]:
        """Prove that it begins with so many records."""
        proof = consistency_proof(since, len(self.leaves), self._node)
        return tuple(each.hex() for each in proof)

    def ack(
        self, since: int = 0, *, log_epoch: int = 1, size: int = 0, root: str = ROOT, cosignature: str = ""
    ) -> LogAck:
        """Acknowledge a batch that named so many records of it."""
        return LogAck(
            site=SITE,
            controller=CONTROLLER,
            log_epoch=log_epoch,
            size=size,
            root=root,
            cosignature=cosignature,
            hub_checkpoint=self.checkpoint(),
            hub_since=since,
            hub_proof=self.proof(since) if since <= len(self.leaves) else (),
        )

    def _node(self, level: int, place: int) -> bytes:
        return tree_over(self.leaves[place << level : (place + 1) << level]).root
