"""``doorctl who``: everybody whom a door would let in at a time, and what each must bring."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from msgspec.structs import asdict, replace

from doorctl.cli.desk import Desk, hub_question
from doorctl.cli.output import counting, waiting
from doorctl.cli.places.threat import SupposedThreatOption, raised
from doorctl.cli.times import local_time, optional_seconds
from doorctl.core.reasons import Reason
from doorctl.errors import Refused
from doorctl.processes import DONE
from doorctl.site.modes import told_of_mode
from doorctl.wire.who_words import Who, WhoLine, WhoPage

MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Found:
    """The last page, which tells what all pages are about, and what stands on all of them."""

    page: WhoPage
    lines: tuple[WhoLine, ...]
    denied: Mapping[Reason, int]


def register(app: typer.Typer) -> None:
    """Put the command into the app."""
    hub_question(app, "who", "doorctl who floor-3", "doorctl who server-room --threat 3 --json")(who)


async def who(
    desk: Desk,
    door: Annotated[str, typer.Argument(metavar="DOOR", help="the door")],
    *,
    at: Annotated[
        str | None, typer.Option("--at", metavar="T", help="when; written like --from, now if not given")
    ] = None,
    threat: SupposedThreatOption = None,
) -> int:
    """Tell who could open a door, by which grants and until when, what they must bring, and who may break the glass.

    The hub decides for everybody with each of their cards as the door would, if it is in touch with the hub and
    knows the time. Also a time that is past is decided by what stands now: who changed what since tells `doorctl
    report changes`. With --json each line is a person.
    """
    found = await _found(desk, Who(door, optional_seconds(at, desk.timezone), threat=threat))
    desk.output.news(_title(found, desk))
    if mode := told_of_mode(found.page.mode, found.page.mode_by):
        desk.output.news(f"The door: {mode}.")
    if found.page.persons > 1:
        desk.output.news(_company(found.page, found.lines))
    lines = sorted(found.lines, key=lambda line: line.handle or line.holder)
    with_leaders, with_visitors = found.page.persons_group is not None, any(line.visitor for line in lines)
    rows = [_row(line, desk, with_leaders=with_leaders, with_visitors=with_visitors) for line in lines]
    desk.output.table(rows, empty="Nobody could open it.")
    if found.denied:
        desk.output.news(
            f"Not let in: {', '.join(f'{count} {reason}' for reason, count in _by_count(found.denied))}."
        )
    return DONE


async def _found(desk: Desk, question: Who) -> Found:
    """Ask for all pages, at one revision and one time. Raises Refused ``site-moved`` when the site never rests."""
    for _ in range(MOST_TRIES):
        found = await _pages(desk, question)
        if found is not None:
            return found
    raise Refused("site-moved", "the site changes while everybody is looked at: try again when it rests")


async def _pages(desk: Desk, question: Who) -> Found | None:
    """Ask for one page after the other; None when the site changed in between."""
    lines: list[WhoLine] = []
    denied: Counter[Reason] = Counter()
    with waiting("asking who could open it"):
        page = first = await desk.hub.ask(question, WhoPage)
    with counting("people", first.people) as add:
        while (page.epoch, page.revision) == (first.epoch, first.revision):
            lines += page.lines
            denied.update(page.denied)
            add(page.looked_at)
            if page.after is None:
                return Found(page, tuple(lines), denied)
            page = await desk.hub.ask(replace(question, at=first.at, after=page.after), WhoPage)
    return None


def _title(found: Found, desk: Desk) -> str:
    page, opening = found.page, sum(line.brings is not None for line in found.lines)
    return (
        f"Door {page.door} (zone {page.zone}), {local_time(page.at, desk.timezone)}: {opening} of {page.people} "
        f"could open it{raised(page.threat)}, by revision {page.revision}."
    )


def _company(page: WhoPage, lines: Sequence[WhoLine]) -> str:
    leader = f", one of them of the group {page.persons_group}" if page.persons_group else ""
    return f"It opens for {page.persons} persons together{leader}.{_in_vain(page, lines)}"


def _in_vain(page: WhoPage, lines: Sequence[WhoLine]) -> str:
    """Say why they never come together, if so."""
    opening = [line for line in lines if line.brings is not None]
    if len(opening) < page.persons:
        return f" Only {len(opening)} could: it opens for nobody."
    if page.persons_group and not any(line.leads for line in opening):
        return " Nobody of it could: it opens for nobody."
    return ""


def _row(line: WhoLine, desk: Desk, *, with_leaders: bool, with_visitors: bool) -> Mapping[str, object]:
    if desk.output.as_json:
        return asdict(line)
    return {
        "person": line.handle or line.holder,
        "name": line.name,
        "cards": line.cards,
        "bring": line.brings,
        "by": ", ".join("own grant" if subject == line.holder else subject for subject in line.subjects),
        "until": None if line.until is None else local_time(line.until, desk.timezone),
        "breaks glass": "with another" if line.breaks_glass else None,
        **({"leads": "yes" if line.leads else None} if with_leaders else {}),
        **({"comes": "behind an escort" if line.visitor else None} if with_visitors else {}),
    }


def _by_count(denied: Mapping[Reason, int]) -> list[tuple[Reason, int]]:
    return sorted(denied.items(), key=lambda each: (-each[1], each[0]))
