"""How long what admits now goes on to admit, as far as the rows that decide now tell."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo

from doorctl.core.model import Schedule
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.card_limits import first_use_ends
from doorctl.core.rules.grant_rules import admitting_grants
from doorctl.core.rules.strict import admitting_lines, is_strict
from doorctl.core.rules.training import training_ends
from doorctl.core.rules.visitor_rules import sponsor_grants

Closing = Callable[[Schedule, tzinfo], datetime | None]
"""Tells when a schedule closes next by the clock of a time zone; None when that is not near."""


def admitted_until(request: AccessRequest, facts: Facts, closing: Closing) -> datetime | None:
    """Return when a request that is granted is no longer sure to be; None when nothing known ends it.

    Of several grants, or lines of a roster, the last to end counts; what begins meanwhile is not looked at.
    """
    grants = [
        _grant_end(grant.valid_until, grant.schedule, facts, closing) for grant in admitting_grants(request, facts)
    ]
    lines = [
        earliest((line.until, None if line.schedule is None else closing(line.schedule, line.timezone)))
        for line in (admitting_lines(request, facts) if is_strict(request, facts) else ())
    ]
    sponsor = None if facts.visitor is None else facts.visitor.sponsored_by
    sponsored = [
        _grant_end(grant.valid_until, grant.schedule, facts, closing) for grant in sponsor_grants(request, facts)
    ]
    persons = (facts.credential, facts.holder, None if sponsor is None else sponsor.holder)
    bounds = [thing.valid_until for thing in persons if thing is not None]
    return earliest(
        (*bounds, first_use_ends(request, facts), training_ends(facts), _last(grants), _last(lines), _last(sponsored))
    )


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of the moments that come; None when none does."""
    return min((moment for moment in moments if moment is not None), default=None)


def _grant_end(valid_until: datetime | None, schedule: str | None, facts: Facts, closing: Closing) -> datetime | None:
    return earliest((valid_until, None if schedule is None else closing(facts.schedules[schedule], facts.timezone)))


def _last(ends: Sequence[datetime | None]) -> datetime | None:
    """Return the last end; None when there is none, or one of them never comes."""
    return None if None in ends else max((end for end in ends if end is not None), default=None)
