"""What a zone asks for at its doors, as people write it, and at which doors a plan makes it less or more.

The first of its times whose schedule is open says what it asks for, else its own factor.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from doorctl.core.model import Factor
from doorctl.core.rules.factors import BY_CARD_ALONE, BY_PIN_ALONE, factors_asked
from doorctl.policy.rows import FactorTime
from doorctl.site.state import ScheduleState, SiteState, ZoneState

_LESS = {
    Factor.CARD_OR_PIN: frozenset[Factor](),
    Factor.CARD: frozenset({Factor.CARD_OR_PIN}),
    Factor.PIN: frozenset({Factor.CARD_OR_PIN}),
    Factor.CARD_AND_PIN: frozenset({Factor.CARD_OR_PIN, Factor.CARD, Factor.PIN}),
}
"""By factor: those that ask for less. A card and a PIN ask for something else, neither for less."""
_EQUAL, _FEWER, _MORE, _OTHER = "", "less", "more", "something else"

_Choice = tuple[str, ScheduleState | None, Factor]
"""While this schedule, with these hours, is open, a zone asks for this."""


def factor_time_in(text: str) -> FactorTime:
    """Read ``office=card-and-pin``. Raises ValueError."""
    schedule, _, factor = text.partition("=")
    try:
        return msgspec.convert({"schedule": schedule, "factor": factor}, FactorTime)
    except msgspec.ValidationError as error:
        raise ValueError(f"{text!r} is not SCHEDULE=FACTOR: write office=card; a factor is {choices()}") from error


def written_factor_times(times: Iterable[FactorTime]) -> str:
    """Write times as ``factor_time_in`` reads each of them."""
    return ", ".join(f"{time.schedule}={time.factor}" for time in times)


def choices() -> str:
    """Write what a zone can ask for."""
    *others, last = Factor
    return f"{', '.join(others)} or {last}"


def may_ask_for_pin(zone: ZoneState) -> bool:
    """Answer whether a card alone is too little for a zone at some time."""
    return not factors_asked(zone.factor, zone.factor_times) <= BY_CARD_ALONE


def takes_pin_alone(zone: ZoneState) -> bool:
    """Answer whether a PIN without a card is enough for a zone at some time."""
    return not BY_PIN_ALONE.isdisjoint(factors_asked(zone.factor, zone.factor_times))


def factor_changes(present: SiteState, wanted: SiteState) -> Iterator[str]:
    """Say which doors ask for less than before, for more or for something else; both states are complete."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    for door in sorted((present.doors or {}).keys() & (wanted.doors or {}).keys()):
        if line := _change(*(_choices_at(door, state) for state in (present, wanted))):
            told[line].append(door)
    return (f"door {', '.join(doors)}: {line}" for line, doors in told.items())


def _change(before: list[_Choice], after: list[_Choice]) -> str:
    kinds = sorted({_compared(old, new) for old, new in _together(before, after)} - {_EQUAL})
    if not kinds:
        return ""
    hours = " by other hours" if _written(before) == _written(after) else ""
    told = kinds[0] if len(kinds) == 1 else ", ".join(f"at times {kind}" for kind in kinds)
    return f"asks for {_written(before)} -> {_written(after)}{hours} ({told})"


def _choices_at(door: str, state: SiteState) -> list[_Choice]:
    """Return what a door asks for, one after the other; the last is for all other times."""
    zone = (state.zones or {})[(state.doors or {})[door]]
    schedules = state.schedules or {}
    return [
        *((time.schedule, schedules.get(time.schedule), time.factor) for time in zone.factor_times),
        ("", None, zone.factor),
    ]


def _together(before: list[_Choice], after: list[_Choice]) -> Iterator[tuple[Factor, Factor]]:
    """Yield what can be asked for at one moment, before and after: a schedule that is open is so in both lists."""
    for old in range(len(before)):
        for new in range(len(after)):
            closed = {choice[:2] for choice in (*before[:old], *after[:new])}
            if closed.isdisjoint({before[old][:2], after[new][:2]}):
                yield before[old][2], after[new][2]


def _compared(old: Factor, new: Factor) -> str:
    if old is new:
        return _EQUAL
    return _FEWER if new in _LESS[old] else _MORE if old in _LESS[new] else _OTHER


def _written(choices_: list[_Choice]) -> str:
    *timed, (_, _, factor) = choices_
    return ", ".join([str(factor), *(f"{schedule}={each}" for schedule, _, each in timed)])
