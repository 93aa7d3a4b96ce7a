"""Batches of records as notes: signed by the keeper, with their openings sealed to the hub beside."""

from dataclasses import dataclass

import msgspec

from doorctl.audit.leaf import Opening
from doorctl.errors import Refused
from doorctl.keeper.hub_log import Seen
from doorctl.keeper.log_reader import Batch
from doorctl.keys.sealing import seal
from doorctl.trust.note import HubKeys
from doorctl.wire.courier import MAX_CARRIED_BYTES
from doorctl.wire.messages import LogBatch, to_text
from doorctl.wire.notes import MAX_NOTE_BYTES, Signer, attach, sign_text

_openings = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class BatchNotes:
    """Writes them for one controller."""

    site: str
    controller: str
    signer: Signer

    def write(self, batch: Batch, epoch: int, hub: HubKeys, *, knows: Seen, cosigned_at: int, evidence: str) -> bytes:
        """Write a batch of this log epoch: what of the hub's log is known, and what it no longer follows.

        Raises Refused ``batch-too-large``.
        """
        message = LogBatch(
            site=self.site,
            controller=self.controller,
            log_epoch=epoch,
            first=batch.first,
            leaves=batch.leaves,
            checkpoint=batch.checkpoint,
            hub_epoch=knows.epoch,
            hub_size=knows.size,
            cosigned_at=cosigned_at,
            hub_checkpoint=evidence,
        )
        note = sign_text(to_text(message), self.signer)
        payload = attach(note, _sealed(batch.openings, hub, about=f"openings:{epoch}:{batch.first}"))
        if len(note) > MAX_NOTE_BYTES or len(payload) > MAX_CARRIED_BYTES:
            raise Refused("batch-too-large", f"{len(payload)} bytes")
        return payload


def _sealed(openings: tuple[Opening, ...], hub: HubKeys, *, about: str) -> bytes | None:
    return seal(_openings.encode(openings), to=hub.box, about=about) if openings else None
