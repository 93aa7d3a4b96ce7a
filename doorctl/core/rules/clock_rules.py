"""How far the wall clock counts for a request."""

from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.strict import is_strict


def clock_counts(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether something confirms the clock, or outside strict zones the boot was recent enough."""
    return facts.clock_trusted or _is_in_grace_after_boot(request, facts)


def _is_in_grace_after_boot(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether the boot is so recent that a clock which nothing confirms still counts."""
    if is_strict(request, facts) or facts.zone is None or facts.boot_seconds is None:
        return False
    return facts.boot_seconds <= facts.zone.grace_after_boot_seconds
