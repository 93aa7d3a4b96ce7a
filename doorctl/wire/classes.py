"""Commands about classes: which readers and cards a zone takes, and of which class a card is."""

from doorctl.core.classes import CardClass
from doorctl.policy.rows import CardClasses, Name, ReaderClasses
from doorctl.wire.verb import VerbStruct


class ZoneClassesSet(VerbStruct, frozen=True, tag="zone-classes-set"):
    """Say which classes of readers and of cards a zone takes: all of it anew; of what none is named, all."""

    zone: Name
    reader_classes: ReaderClasses = ()
    card_classes: CardClasses = ()


class CardClassSet(VerbStruct, frozen=True, tag="card-class-set"):
    """Say of which class a card is; the card is private."""

    card_class: CardClass


ClassVerb = ZoneClassesSet | CardClassSet
