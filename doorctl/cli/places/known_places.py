"""Zones and doors that are named as filters: what finds nothing because nothing is called so is no good news."""

from collections.abc import Iterable

from doorctl.cli.desk import Desk
from doorctl.cli.output import say_error
from doorctl.errors import Refused


async def check_zones(desk: Desk, *zones: str | None) -> None:
    """Refuse a zone that is not there, where the answer is about today. Raises Refused ``unknown-zone``."""
    for zone in await _unknown(desk, "zone", zones):
        raise Refused("unknown-zone", f"there is no zone {zone}: `doorctl list zones` shows them")


async def tell_unknown(desk: Desk, *, zone: str | None, door: str | None = None) -> None:
    """Say which place is not there today; there may be records of one that is gone."""
    for what, name in (("zone", zone), ("door", door)):
        for unknown in await _unknown(desk, what, (name,)):
            say_error(f"note: there is no {what} {unknown} now: `doorctl list {what}s` shows them")


async def _unknown(desk: Desk, what: str, names: Iterable[str | None]) -> list[str]:
    asked = [name for name in names if name is not None]
    known = {row[what] for row in await desk.rows(f"{what}s")} if asked else set()
    return [name for name in asked if name not in known]
