"""The limits that a command gives a card: how often it lets in, and for how long from its first use on."""

from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked
from doorctl.policy.rows import CredentialLimitsRow
from doorctl.wire.commands import CardAdd, CardLimit


def limits_by(do: CardAdd | CardLimit, key: bytes, holder: str, asked: Asked) -> CredentialLimitsRow | None:
    """Return the limits that a command gives a card, if it does. Raises Refused."""
    if do.uses is None and do.first_use_seconds is None:
        return None
    if do.limits is None:
        raise Refused("bad-limits", "limits of a card need an id under which its uses are counted")
    _check_understood(asked)
    return CredentialLimitsRow(key, holder, do.limits, asked.at, do.uses, do.first_use_seconds)


def _check_understood(asked: Asked) -> None:
    """Refuse what doors of an older doorctl would answer by letting nobody in anywhere: ``older-controllers``."""
    presences = asked.roll.presences.items()
    older = sorted(
        name for name, each in presences if each.heard_at is not None and each.level < CredentialLimitsRow.level
    )
    if older:
        raise Refused(
            "older-controllers",
            f"the doorctl of {', '.join(older)} knows no limits of cards, and its doors would deny everybody: "
            "upgrade it first",
        )
