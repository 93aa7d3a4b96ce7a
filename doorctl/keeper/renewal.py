"""When a snapshot takes the place of the policy that is held, and what comes with it.

1. Only what the hub offers in answer to our own question is collected, and only what leads us on: to a later
   revision, to an epoch that trust names, or to the whole of a policy of which we had to keep changes aside.
2. What was applied meanwhile is applied to the new policy, too, before it takes over: nothing goes back.
3. The old file goes once the door has answered by the new one, or while there is no door process.
"""

from doorctl.errors import Refused
from doorctl.journal import Level, say
from doorctl.keeper.following import Following, Told
from doorctl.keeper.hub_notes import HubNotes
from doorctl.keeper.kept_notes import KeptNotes
from doorctl.keeper.policy_store import PolicyStore
from doorctl.keeper.refill import Refill
from doorctl.wire.messages import Answer, Chunk, Delta, Offer
from doorctl.wire.notes import detach_data

MOST_CATCH_UP = 4000


class Renewal:
    """Collects a snapshot when one is offered and helps, and lets it take over; time comes in."""

    def __init__(
        self, refill: Refill, store: PolicyStore, kept: KeptNotes, following: Following, hub: HubNotes
    ) -> None:
        """Go on with what was begun before a restart."""
        self._refill = refill
        self._store = store
        self._kept = kept
        self._following = following
        self._hub = hub
        self._has_old = False

    def answered(self, note: bytes, answer: Answer, now: float, *, is_outgrown: bool) -> None:
        """Take what a verified answer offers, or that it offers nothing.

        Raises Refused: ``needs-upgrade``, ``wrong-offer``, or as ``Following.check_history`` does.
        """
        offer = answer.offer
        if offer is None:
            return self._refill.answered(None, now)
        if offer.needs > self._store.level:
            raise Refused("needs-upgrade", f"the snapshot needs feature level {offer.needs}")
        if offer.epoch != answer.head.epoch or offer.revision > answer.head.revision:
            raise Refused("wrong-offer", "the snapshot leads beyond the head it came with")
        self._following.check_history(Told(offer.epoch, offer.revision, offer.chain), note)
        if is_outgrown or self._leads_on(offer):
            self._refill.answered(offer, now)
        return None

    def take_chunk(self, payload: bytes, now: float) -> None:
        """Take a chunk of the snapshot that is collected. Raises Refused."""
        note, data = detach_data(payload)
        self._refill.take_chunk(self._hub.open(note, Chunk), data, now)

    def tick(self, now: float) -> bool:
        """Follow the writing, and let what is ready take over; True when it has."""
        if not self._refill.tick(now) or self._refill.offer is None:
            return False
        offer = self._refill.offer
        if not self._refill.take_over(now, catch_up=self._after(offer)):
            return False
        self._has_old = True
        self._following.taken_over()
        return True

    def old_is_done(self, in_force: int | None) -> None:
        """The door answers by this revision, or there is no door process: is the old file done with?"""
        if self._has_old and (in_force is None or in_force >= self._store.position.revision):
            self._has_old = False
            self._store.forget_old()

    def _leads_on(self, offer: Offer) -> bool:
        own = self._store.position
        return (offer.epoch, offer.revision) > (own.epoch, own.revision)

    def _after(self, offer: Offer) -> list[Delta]:
        """Return what was applied beyond the snapshot meanwhile, from the notes that were kept."""
        notes = self._kept.after(offer.epoch, offer.revision, most=MOST_CATCH_UP)
        try:
            return [self._hub.open(note, Delta) for _, note in notes]
        except Refused as refusal:
            say("kept_notes_unusable", Level.WARNING, why=refusal)
            return []
