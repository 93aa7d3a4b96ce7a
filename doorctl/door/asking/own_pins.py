"""Own PINs, set at a reader: `0#`, the card, the code, the new PIN and the same once more, each with `#`.

1. The digits never leave this process: what goes out are keyed hashes, in the opening of a record, sealed to the hub.
2. Nothing opens by it. Each card is asked for the code, so that nobody learns which may; one that may not, a wrong
   code, and who goes away after the card are recorded as denied. A code that is not taken counts as a wrong PIN.
3. Who has done it sees `waiting` once the record is on disk, and `granted` when a policy with it is in force here
   soon after. Until then, and with the hub away, the PIN of before counts.
4. Who pauses for too long begins anew, and so does everybody when the process does. What is entered before the card,
   and is not `0`, is for the door.
5. Another card ends it, and is for the door: whose PIN follows goes into nobody else's dialogue. So does the same one
   later, but not while its reader goes on telling the one that lies there. At another reader it ends it, too.
6. Another policy ends it, and an order against who began; before the PIN goes out the policy is asked again.
7. After `MOST_REFUSED` entries that are no PIN, or not the same again, it ends as by a wrong code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from msgspec.structs import replace as with_fields

from doorctl.audit.writer import Committed, Verdict, nobody_waits
from doorctl.core.machines.door_events import SignalName
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts, made_with
from doorctl.core.rules.own_pin import (
    BEGIN,
    code_may_be_right,
    own_pin_denied,
    own_pin_given_up,
    own_pin_refused,
    pin_fits,
)
from doorctl.core.rules.pin_code import told_of
from doorctl.core.uses_told import put_together
from doorctl.door.asking.asked import Asked, Presented
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.doorway import Doorway
from doorctl.door.statements import mark_of
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import PolicyPosition
from doorctl.wire.own_pin import OwnPin

CARD_SECONDS, STEP_SECONDS = 10.0, 30.0
"""How long the card is awaited, which opens nothing meanwhile, and each entry after it."""
WHOLE_SECONDS = 120.0
"""How long all of it may take."""
MOST_EARLY = 3
MOST_REFUSED = 3
REPEAT_SECONDS = 2.0
"""A card that was not away for so long is the one that its reader has told before."""
WATCH_SECONDS = 20.0
"""Who has set a PIN waits so long for the hub's word."""


class Step(StrEnum):
    """What is awaited at a reader."""

    CARD = "card"
    LOOK_UP = "look-up"
    CODE = "code"
    PIN = "pin"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class _Dialogue:
    """How far somebody is: whose card, the keyed hash of their code, and their new PIN until it is entered again.

    This step lasts ``until`` then, and all of it to the ``end``. The card was last told ``card_at``. What is entered
    while it is looked up is kept until that is done.
    """

    step: Step
    end: float
    until: float = 0.0
    card: Presented | None = None
    card_at: float = 0.0
    asked: Asked | None = None
    secret: bytes = field(default=b"", repr=False)
    pin: str = field(default="", repr=False)
    refused: int = 0
    early: tuple[str, ...] = field(default=(), repr=False)

    def is_of(self, presented: Presented) -> bool:
        """Tell whether this is the card of who has begun; one that nobody can tell from others is not."""
        keys = presented.request.credentials
        return self.card is not None and keys != () and keys == self.card.request.credentials


@dataclass(frozen=True, slots=True)
class _Watched:
    presented: Presented
    key: bytes = field(repr=False)
    until: float = 0.0


class OwnPins:
    """Knows at which readers a PIN is being set; used from the loop's thread alone."""

    def __init__(self, around: Surroundings, doorways: Mapping[str, Doorway], card_keys: CardKeyFile) -> None:
        """Begin with none, at these doors by their readers."""
        self._around = around
        self._doorways = doorways
        self._card_keys = card_keys
        self._dialogues: dict[str, _Dialogue] = {}
        self._watched: dict[str, _Watched] = {}

    def take(self, presented: Presented) -> bool:
        """Take the card of who wants to set a PIN, and tell whether it was for us; one after it is the door's."""
        reader = presented.reader
        for other in [name for name, each in self._dialogues.items() if name != reader and each.is_of(presented)]:
            self._end(other)
        dialogue = self._dialogue(reader)
        if dialogue is None:
            return False
        if dialogue.step is Step.CARD:
            self._look_up(replace(presented, request=replace(presented.request, own_pin=True)), dialogue)
        elif dialogue.is_of(presented) and presented.at - dialogue.card_at < REPEAT_SECONDS:
            self._dialogues[reader] = replace(dialogue, card_at=presented.at)
        else:
            self._end(reader)
            return False
        return True

    def take_entry(self, reader: str, digits: str) -> bool:
        """Take what was entered at a reader, and tell whether it was for us."""
        was_for_us = self._end_overtaken(reader)
        dialogue = self._dialogue(reader)
        if dialogue is None:
            self._end(reader)
        if digits == BEGIN and self._may_begin(reader):
            self._doorways[reader].give_up_at(reader)
            self._end(reader)
            self._go_on(reader, _Dialogue(Step.CARD, self._around.monotonic() + WHOLE_SECONDS), seconds=CARD_SECONDS)
            return True
        if dialogue is None or dialogue.step is Step.CARD:
            self._dialogues.pop(reader, None)
            return was_for_us
        if dialogue.asked is None:
            early = (*dialogue.early, digits)[:MOST_EARLY]
            self._dialogues[reader] = replace(dialogue, early=early)
        else:
            _ENTERED[dialogue.step](self, reader, dialogue, dialogue.asked, digits)
        return True

    def _may_begin(self, reader: str) -> bool:
        """Tell whether a card here may be kept from opening: not in a cabin, nor where it alone lets people out."""
        doorway = self._doorways.get(reader)
        return doorway is not None and not doorway.way_out.is_only(reader)

    def tick(self) -> None:
        """Forget who has gone, and look whether a PIN counts by now."""
        now = self._around.monotonic()
        for reader in [name for name, each in self._dialogues.items() if now >= each.until]:
            self._end(reader)
        for reader in list(self._dialogues):
            self._end_overtaken(reader)
        self._watched = {name: each for name, each in self._watched.items() if now < each.until}
        for reader, watched in list(self._watched.items()):
            self._around.ask(watched.presented.request, partial(self._look, reader, watched))

    def _dialogue(self, reader: str) -> _Dialogue | None:
        dialogue = self._dialogues.get(reader)
        return dialogue if dialogue is not None and self._around.monotonic() < dialogue.until else None

    def _go_on(
        self,
        reader: str,
        dialogue: _Dialogue,
        shown: SignalName = SignalName.ENROL,
        *,
        seconds: float = STEP_SECONDS,
    ) -> None:
        until = min(self._around.monotonic() + seconds, dialogue.end)
        self._dialogues[reader] = replace(dialogue, until=until)
        self._around.signal(self._doorways[reader].door, shown)

    def _look_up(self, card: Presented, dialogue: _Dialogue) -> None:
        self._dialogues[card.reader] = replace(dialogue, step=Step.LOOK_UP, card=card, card_at=card.at)
        self._around.ask(card.request, partial(self._answer, card))

    def _answer(self, presented: Presented, facts: Facts, position: PolicyPosition | None) -> None:
        dialogue = self._dialogue(presented.reader)
        if dialogue is None or dialogue.card is not presented:
            return
        facts = self._with_what_we_know(presented, facts)
        asked = Asked(presented, facts, own_pin_denied(presented.request, facts), position)
        self._go_on(presented.reader, replace(dialogue, step=Step.CODE, asked=asked, early=()))
        for digits in dialogue.early:
            self.take_entry(presented.reader, digits)

    def _code(self, reader: str, dialogue: _Dialogue, asked: Asked, digits: str) -> None:
        """Compare what can be compared here; a wrong code ends it."""
        held, holder = asked.facts.pin_code, asked.facts.whose or ""
        told, whole = (self._card_keys.code_keys(part, holder=holder) for part in (told_of(digits), digits))
        ring_keys = 1 if held is None else held.ring_keys
        told_key, secret = made_with(ring_keys, told), made_with(ring_keys, whole)
        may_be_right = code_may_be_right(digits, told_key, asked.presented.request, asked.facts)
        if secret is not None and may_be_right and own_pin_refused(asked.presented.request, asked.facts) is None:
            self._go_on(reader, replace(dialogue, step=Step.PIN, secret=secret))
        else:
            self._deny(asked)

    def _pin(self, reader: str, dialogue: _Dialogue, asked: Asked, digits: str) -> None:
        """Take what can be a PIN; for what cannot another is asked."""
        if pin_fits(digits, asked.facts):
            self._go_on(reader, replace(dialogue, step=Step.AGAIN, pin=digits))
        else:
            self._refuse(reader, dialogue, asked)

    def _again(self, reader: str, dialogue: _Dialogue, asked: Asked, digits: str) -> None:
        """Have it recorded, sealed, when both are the same; else both are asked again."""
        if digits != dialogue.pin:
            self._refuse(reader, dialogue, asked)
            return
        del self._dialogues[reader]
        self._around.ask(asked.presented.request, partial(self._send, asked, dialogue))

    def _send(self, before: Asked, dialogue: _Dialogue, facts: Facts, position: PolicyPosition | None) -> None:
        """Have it recorded if the policy says the same of card and code as when they came."""
        presented = before.presented
        facts = self._with_what_we_know(presented, facts)
        asked = Asked(presented, facts, own_pin_denied(presented.request, facts), position)
        is_same = (facts.whose, facts.pin_code) == (before.facts.whose, before.facts.pin_code)
        holder, ring_keys = facts.whose or "", facts.ring_keys
        key = made_with(ring_keys, self._card_keys.pin_keys(dialogue.pin, holder=holder))
        if key is None or not is_same or own_pin_refused(presented.request, facts) is not None:
            self._show_denied(asked)
            return
        own_pin = OwnPin(holder, ring_keys, len(dialogue.pin), key)
        reader, doorway = presented.reader, self._doorways[presented.reader]
        draft = self._around.statements.draft(
            RecordKind.OWN_PIN,
            door=doorway.door,
            zone=doorway.zone,
            reader=reader,
            policy=mark_of(asked.position, asked.facts),
            subject=own_pin.text(dialogue.secret),
        )
        self._around.submit([draft], partial(self._conclude, _Watched(asked.presented, key)))

    def _refuse(self, reader: str, dialogue: _Dialogue, asked: Asked) -> None:
        """Ask for the PIN anew, unless that was the last time."""
        refused = dialogue.refused + 1
        if refused < MOST_REFUSED:
            anew = replace(dialogue, step=Step.PIN, pin="", refused=refused)
            self._go_on(reader, anew, SignalName.WRONG_PIN)
        else:
            self._deny(asked)

    def _conclude(self, watched: _Watched, verdict: Verdict) -> None:
        is_kept, reader = isinstance(verdict, Committed), watched.presented.reader
        self._around.signal(self._doorways[reader].door, SignalName.WAITING if is_kept else SignalName.FAULT)
        if is_kept:
            self._watched[reader] = replace(watched, until=self._around.monotonic() + WATCH_SECONDS)

    def _look(self, reader: str, watched: _Watched, facts: Facts, _: PolicyPosition | None) -> None:
        counts = facts.pin is not None and facts.pin.key == watched.key
        if counts and self._watched.get(reader) is watched:
            del self._watched[reader]
            self._around.signal(self._doorways[reader].door, SignalName.GRANTED)

    def _deny(self, asked: Asked) -> None:
        """End it, and have that recorded; a wrong code counts as a wrong PIN."""
        self._dialogues.pop(asked.presented.reader, None)
        self._show_denied(asked)

    def _show_denied(self, asked: Asked) -> None:
        """Show it with one look, whatever the reason."""
        self._around.signal(self._doorways[asked.presented.reader].door, SignalName.WRONG_PIN)
        self._record_denial(asked)

    def _end_overtaken(self, reader: str) -> bool:
        """End what another policy or an order has overtaken since the card, and tell whether there was such."""
        dialogue = self._dialogues.get(reader)
        asked = None if dialogue is None else dialogue.asked
        if asked is None or not self._is_overtaken(asked):
            return False
        self._end(reader)
        self._around.signal(self._doorways[reader].door, SignalName.WRONG_PIN)
        return True

    def _is_overtaken(self, asked: Asked) -> bool:
        """Whom an order denied before the card is asked on like anybody, so that nobody learns of it."""
        is_denied = self._around.deny_list.denies(asked.presented.request, asked.facts)
        return is_denied is not asked.facts.denied_by_order or self._around.position() != asked.position

    def _end(self, reader: str) -> None:
        """End what is done at a reader, and have a card recorded of which nothing more came.

        It is recorded as what the policy says of it now: who was erased meanwhile stands in no record after that.
        """
        dialogue = self._dialogues.pop(reader, None)
        if dialogue is not None and dialogue.asked is not None:
            presented = dialogue.asked.presented
            self._around.ask(presented.request, partial(self._give_up, presented))

    def _give_up(self, presented: Presented, facts: Facts, position: PolicyPosition | None) -> None:
        facts = self._with_what_we_know(presented, facts)
        self._record_denial(Asked(presented, facts, own_pin_given_up(presented.request, facts), position))

    def _with_what_we_know(self, presented: Presented, facts: Facts) -> Facts:
        facts = self._around.deny_list.add_to(facts, presented.request)
        return self._around.wrong_pins.add_to(facts, presented.request, reader=presented.reader)

    def _record_denial(self, asked: Asked) -> None:
        reader = asked.presented.reader
        doorway = self._doorways[reader]
        wrong = self._around.wrong_pins.judge(asked)
        if wrong is not None or doorway.admits(RecordKind.DECISION, asked.decision.reason, reader=reader):
            asked = replace(asked, remembered=() if wrong is None else (wrong,))
            draft = asked.draft(self._around.statements.now(), of=None)
            told = put_together("own-pin", asked.blocks)
            said = with_fields(draft, statement=with_fields(draft.statement, detail=told))
            self._around.submit([said], nobody_waits)


_ENTERED: Mapping[Step, Callable[[OwnPins, str, _Dialogue, Asked, str], None]] = {
    Step.CODE: OwnPins._code,
    Step.PIN: OwnPins._pin,
    Step.AGAIN: OwnPins._again,
}
