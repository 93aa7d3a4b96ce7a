"""What a denial looks like at the door, where looking is not to help whoever tries PINs."""

from collections.abc import Mapping

from doorctl.core.machines.door_events import SignalName
from doorctl.core.reasons import Reason
from doorctl.core.rules.company import AWAITING

_SHOWN: Mapping[Reason, SignalName] = {
    Reason.LOCKDOWN: SignalName.LOCKDOWN,
    Reason.WRONG_PIN: SignalName.WRONG_PIN,
    Reason.INTERLOCKED: SignalName.DENIED,
    **dict.fromkeys(AWAITING, SignalName.WAITING_FOR_SECOND),
}


def denial_shown(reason: Reason, *, pin_alone: bool) -> SignalName:
    """Choose what a denial looks like.

    A PIN without a card looks wrong, whatever else denies it but what is the same for every PIN there (a lockdown,
    another door) or asks for company: from another light whoever tries PINs would learn that this one is somebody's,
    to come back with when its holder may pass.
    """
    if reason is Reason.ESCORT_AWAITED and not pin_alone:
        return SignalName.WAITING_FOR_SECOND
    return _SHOWN.get(reason, SignalName.WRONG_PIN if pin_alone else SignalName.DENIED)
