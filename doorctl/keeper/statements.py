"""What a keeper says of itself: its questions and its acknowledgements, put together from what it knows."""

from dataclasses import dataclass

from doorctl.keeper.acking import Acking
from doorctl.keeper.collecting import Wanted
from doorctl.keeper.controller import Controller, Outgoing
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.policy_terms import Terms
from doorctl.keeper.word_counter import WordCounter
from doorctl.wire.messages import Ack, Ask
from doorctl.wire.topics import Channel


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks for a controller of what stands in its store."""

    controller: Controller
    store: PolicyStore
    words: WordCounter

    def ask(
        self,
        nonce: str,
        *,
        wanted: Wanted | None,
        terms: Terms,
        wants_card_keys: bool,
        wants_deltas: bool,
        trust_version: int,
        kept: tuple[int, int],
        wants_occupancy: bool,
    ) -> Outgoing:
        """Ask for all that we lack; for the whole policy, when ours was kept by a doorctl of a lower level.

        ``kept`` is the epoch and revision that we had before our policy was lost, else zeros.
        """
        own = self.store.position
        ask = Ask(
            site=self.controller.site,
            controller=self.controller.name,
            nonce=nonce,
            epoch=0 if terms.is_outgrown else own.epoch,
            revision=0 if terms.is_outgrown else own.revision,
            wants_card_keys=wants_card_keys,
            level=self.store.level,
            trust=trust_version,
            snapshot=wanted.snapshot if wanted else None,
            chunk=wanted.chunk if wanted else 0,
            chunks=wanted.chunks if wanted else 0,
            wants_snapshot=terms.is_outgrown,
            wants_deltas=wants_deltas,
            counter=self.words.next(),
            kept_epoch=kept[0],
            kept=kept[1],
            wants_occupancy=wants_occupancy,
        )
        return self.controller.say(Channel.ASK, ask)

    def ack(
        self,
        door: Acking,
        *,
        terms: Terms,
        fresh_seconds: int | None,
        trust_version: int,
        forked: bool,
        hub_forked: bool,
    ) -> Outgoing:
        """Say what is committed, and by what the door answers."""
        own = self.store.position
        ack = Ack(
            site=self.controller.site,
            controller=self.controller.name,
            epoch=own.epoch,
            revision=own.revision,
            chain=own.chain.hex(),
            digest=own.digest_hex,
            level=self.store.level,
            in_force=door.in_force(own),
            doors=door.doors,
            strict_zones=door.strict_zones,
            withheld=terms.withheld,
            fresh_seconds=fresh_seconds,
            clock=door.clock,
            trust=trust_version,
            forked=forked,
            hub_forked=hub_forked,
            loop=door.loop,
            counter=self.words.next(),
        )
        return self.controller.say(Channel.ACK, ack)
