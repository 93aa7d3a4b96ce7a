"""``doorctl review``: everybody's access looked at, confirmed or revoked, and the outcome kept as a record."""

import secrets
from collections.abc import Sequence
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, family, hub_command, hub_question
from doorctl.cli.evidence.record_questions import NamesOption
from doorctl.cli.evidence.report_data import shown_to
from doorctl.cli.evidence.report_output import Written, write_report
from doorctl.cli.times import local_time
from doorctl.errors import Refused
from doorctl.processes import DONE
from doorctl.reports.review_lines import review_report
from doorctl.wire.commands import Revoke
from doorctl.wire.report_words import (
    ReviewFinish,
    ReviewFound,
    ReviewLine,
    ReviewMark,
    ReviewOutcome,
    ReviewsOf,
    ReviewsPage,
    ReviewStart,
)

app = family("review", "Review who may enter, and keep what came of it.")

ReviewArgument = Annotated[
    str, typer.Argument(metavar="ID", help="the review, by its id or enough of its beginning: doorctl review show")
]
WhoArgument = Annotated[str, typer.Argument(metavar="NAME", help="a person's handle, or a group")]
InZoneOption = Annotated[str | None, typer.Option("--zone", metavar="ZONE", help="in this zone alone")]


@hub_command(app, "start", "doorctl review start server-room", "doorctl review start server-room floor-3")
async def start(desk: Desk, zones: Annotated[list[str], typer.Argument(metavar="ZONE...", help="the zones")]) -> int:
    """Begin a review of all who have a grant in these zones; a group is one line."""
    review = secrets.token_hex(16)
    return await desk.change(ReviewStart(review, tuple(zones)), review=review)


@hub_command(app, "confirm", "doorctl review confirm 6f1d ada", "doorctl review confirm 6f1d staff --zone floor-3")
async def confirm(desk: Desk, review: ReviewArgument, who: WhoArgument, zone: InZoneOption = None) -> int:
    """Say that somebody's access in the review's zones is still needed."""
    found, lines = await _lines_of(desk, review, who, zone)
    codes = [
        await desk.change(_mark(found, line, ReviewOutcome.CONFIRMED), review=found.review, zone=line.zone)
        for line in lines
    ]
    return max(codes)


@hub_command(app, "revoke", "doorctl review revoke 6f1d grace")
async def revoke(desk: Desk, review: ReviewArgument, who: WhoArgument, zone: InZoneOption = None) -> int:
    """Revoke somebody's grants in the review's zones, as `doorctl revoke` does, and note it in the review."""
    found, lines = await _lines_of(desk, review, who, zone)
    codes = []
    for line in lines:
        codes.append(await desk.change(Revoke(line.zone, line.holder, line.group), zone=line.zone))
        mark = _mark(found, line, ReviewOutcome.REVOKED)
        codes.append(await desk.change(mark, review=found.review, zone=line.zone))
    return max(codes)


@hub_command(app, "finish", "doorctl review finish 6f1d")
async def finish(desk: Desk, review: ReviewArgument) -> int:
    """End a review of which no line is open: it is recorded in the hub's log, and stays as it is."""
    (found,), _ = await _review(desk, review)
    return await desk.change(ReviewFinish(found.review), review=found.review)


@hub_question(app, "show", "doorctl review show", "doorctl review show 6f1d --names --format html --out review.html")
async def show(
    desk: Desk,
    review: Annotated[
        str, typer.Argument(metavar="[ID]", help="one review with its lines; all of them without")
    ] = "",
    *,
    written: Written,
    names: NamesOption = False,
) -> int:
    """Show the reviews there are, or one with what was said of each line."""
    written.check(as_json=desk.output.as_json)
    reviews, lines = await _review(desk, review)
    if not review:
        desk.output.table([_cells(each, desk) for each in reviews], empty="There was no review yet.")
        return DONE
    shown = await shown_to(desk, names=names, report="review", to_file=written.out is not None)
    write_report(desk, review_report(reviews[0], lines, shown), written)
    return DONE


async def _review(desk: Desk, beginning: str) -> tuple[Sequence[ReviewFound], Sequence[ReviewLine]]:
    """Return all reviews, or the one whose id begins so, and its lines. Raises Refused ``unknown-review``."""
    pages = [page async for page in desk.pages(ReviewsOf(beginning), ReviewsPage)]
    lines = [line for page in pages for line in page.lines]
    return (pages[0].reviews if beginning else [each for page in pages for each in page.reviews]), lines


async def _lines_of(desk: Desk, review: str, who: str, zone: str | None) -> tuple[ReviewFound, Sequence[ReviewLine]]:
    (found,), lines = await _review(desk, review)
    mine = [line for line in lines if who in {line.handle, line.group} and zone in {None, line.zone}]
    if not mine:
        raise Refused("not-in-review", f"this review has no line of {who}: `doorctl review show {review}`")
    if len({(line.holder, line.group) for line in mine}) > 1:
        raise Refused("ambiguous", f"a person and a group are called {who}: use `doorctl revoke --as` and --zone")
    return found, mine


def _mark(found: ReviewFound, line: ReviewLine, said: ReviewOutcome) -> ReviewMark:
    return ReviewMark(found.review, line.zone, said, holder=line.holder, group=line.group)


def _cells(found: ReviewFound, desk: Desk) -> dict[str, object]:
    def time(at: int | None) -> object:
        return at if at is None or desk.output.as_json else local_time(at, desk.timezone)

    return {
        "review": found.review if desk.output.as_json else found.review[:8],
        "zones": " ".join(found.zones),
        "started": time(found.started_at),
        "by": found.started_by,
        "open": found.open,
        "confirmed": found.confirmed,
        "revoked": found.revoked,
        "finished": time(found.finished_at),
        "finished_by": found.finished_by,
    }
