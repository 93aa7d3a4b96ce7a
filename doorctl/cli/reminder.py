"""What an admin's next command reminds of: commands by their key, unfinished reviews, people whose time ends soon.

Which days were told is remembered beside the admin's own keys, not at the hub: whoever has stolen the key elsewhere
cannot use the reminder up.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from doorctl.cli.account import Account
from doorctl.cli.hub_client import HubClient
from doorctl.errors import Refused, Unreachable
from doorctl.trust.note import Role
from doorctl.wire.questions import DigestOf, ListRows
from doorctl.wire.report_words import ReviewFound, ReviewsOf, ReviewsPage
from doorctl.wire.results import DayCount, Digest, Page

TOLD_FILE = "digest-told"
ENDS_WITHIN_DAYS = 7


async def reminders_due(
    hub: HubClient, folder: Path, timezone: ZoneInfo, *, of_own_alone: bool = False
) -> Sequence[str]:
    """Ask, at most once a day, what was done in one's name since the last day that was told, and what else waits."""
    before, told = yesterday(timezone).isoformat(), last_told(folder)
    if told >= before:
        return ()
    with suppress(Refused, Unreachable):  # it can be told later
        found = await hub.ask(DigestOf(before, since=_date(told)), Digest)
        remember_told(folder, before)
        of_own = reminders(found.before, told=told)
        if of_own_alone:
            return of_own
        return [*of_own, *await _unfinished_reviews(hub), *await _people_who_end(hub)]
    return ()


def has_role_host_alone(account: Account) -> bool:
    """Tell whether trust as we know it gives this admin no role but host: what is not their own the hub refuses."""
    roles = {role for keys in account.pins.read().trust.admins if keys.id == account.admin for role in keys.roles}
    return roles <= {Role.HOST}


def yesterday(timezone: ZoneInfo) -> date:
    """Return the day before this one by the site's wall clock."""
    return datetime.now(timezone).date() - timedelta(days=1)


def reminders(before: Sequence[DayCount], *, told: str) -> Sequence[str]:
    """Write what an admin should know of the days after the one that was told last."""
    return [
        f"on {each.day} your key gave {each.commands} command(s) ({each.refused} refused): "
        f"`doorctl digest --day {each.day}` shows them"
        for each in before
        if each.day > told
    ]


async def _unfinished_reviews(hub: HubClient) -> Sequence[str]:
    """Ask for access reviews; a hub that is older than this doorctl knows none."""
    with suppress(Refused, Unreachable):
        return review_reminders((await hub.ask(ReviewsOf(), ReviewsPage)).reviews)
    return ()


def review_reminders(reviews: Sequence[ReviewFound]) -> Sequence[str]:
    """Write which access reviews somebody has begun and nobody has finished."""
    return [
        f"access review {each.review[:8]} of {' '.join(each.zones)} is not finished: {each.open} line(s) are open; "
        f"`doorctl review show {each.review[:8]}` shows them"
        for each in reviews
        if each.finished_at is None
    ]


async def _people_who_end(hub: HubClient) -> Sequence[str]:
    """Ask who ends within a week; a hub that is older than this doorctl cannot tell."""
    with suppress(Refused, Unreachable):
        page = await hub.ask(ListRows("people", ending=ENDS_WITHIN_DAYS * 86_400), Page)
        return end_reminders(len(page.rows), more=page.after is not None)
    return ()


def end_reminders(count: int, *, more: bool) -> Sequence[str]:
    """Write how many people end soon, if any do."""
    if not count:
        return ()
    many, days = f"{count}{' or more' if more else ''}", ENDS_WITHIN_DAYS
    return (
        f"the time of {many} person(s) ends within {days} days: `doorctl list people --ending {days}d` shows whose",
    )


def last_told(folder: Path) -> str:
    """Return the last day that was told, as a date; an empty text if none was."""
    try:
        return (folder / TOLD_FILE).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _date(told: str) -> str | None:
    try:
        return date.fromisoformat(told).isoformat()
    except ValueError:
        return None


def remember_told(folder: Path, day: str) -> None:
    """Remember the last day that was told; where nothing can be written, it is told again."""
    with suppress(OSError):
        (folder / TOLD_FILE).write_text(f"{day}\n")
