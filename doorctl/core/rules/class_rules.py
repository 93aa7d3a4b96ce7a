"""Which readers a zone lets itself be asked at, and which cards it takes; one that names none takes all."""

from doorctl.core.classes import CardClass
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts


def reader_is_accepted(request: AccessRequest, facts: Facts) -> Reason | None:
    """A zone may take some classes of readers only; a reader of unknown class is of none."""
    if facts.zone is None or not facts.zone.reader_classes:
        return None
    return None if request.reader_class in facts.zone.reader_classes else Reason.READER_CLASS


def card_is_accepted(request: AccessRequest, facts: Facts) -> Reason | None:
    """A zone may take some classes of cards only; a PIN alone brings no card."""
    if facts.zone is None or not facts.zone.card_classes or request.pin_alone:
        return None
    return None if classes_told(request, facts) <= facts.zone.card_classes else Reason.CARD_CLASS


def classes_told(request: AccessRequest, facts: Facts) -> frozenset[CardClass]:
    """Return what the policy and the reader say of a card: both count, so that no word makes it better."""
    told = frozenset({facts.card_class, request.card_class or CardClass.UNKNOWN})
    return told - {CardClass.UNKNOWN} or told
