"""``doorctl trust show``: whom a trust.note trusts, checked by the root that an admin's configuration names."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from doorctl.cli.account import load_pins
from doorctl.cli.desk import AdminConfigOption, JsonOption
from doorctl.cli.output import Output
from doorctl.cli.times import local_time
from doorctl.keys.identity import encode_public
from doorctl.trust.note import Trust
from doorctl.trust.verify import expiry_warning


def show(
    trust: Annotated[
        Path | None, typer.Option("--trust", metavar="FILE", help="trust.note (default: the one beside admin.toml)")
    ] = None,
    config: AdminConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show whom a trust.note trusts, after checking it by the root keys in admin.toml."""
    pins = load_pins(config)
    found = pins.read(trust).trust
    warning = expiry_warning(found, datetime.now(UTC))
    Output(as_json).result(_facts(found, warning), "\n".join(_lines(found, pins.timezone, warning)))


def what_admin_may(trust: Trust, name: str) -> str:
    """Say in words what trust lets an admin do."""
    keys = next(each for each in trust.admins if each.id == name)
    where = "" if keys.zones is None else f" (grants in {', '.join(keys.zones)})"
    return f"{', '.join(keys.roles)}{where}"


def _facts(trust: Trust, warning: str) -> dict[str, object]:
    return {
        "site": trust.site,
        "version": trust.version,
        "epoch": trust.epoch,
        "supersedes": trust.supersedes,
        "expires": trust.expires,
        "warning": warning,
        "roots": [encode_public(key) for key in trust.roots],
        "root_changes": len(trust.root_changes),
        "hub": encode_public(trust.hub.sign),
        "admins": [{"id": each.id, "roles": each.roles, "zones": each.zones} for each in trust.admins],
        "controllers": [{"id": each.id, "tls": each.tls is not None} for each in trust.controllers],
    }


def _lines(trust: Trust, timezone: ZoneInfo, warning: str) -> list[str]:
    expires = "never" if trust.expires is None else local_time(trust.expires, timezone)
    return [
        f"Site {trust.site}: trust version {trust.version}, epoch {trust.epoch}, expires {expires}",
        *(f"root        {encode_public(key)}" for key in trust.roots),
        f"            replaced {len(trust.root_changes)} time(s)",
        f"hub         {encode_public(trust.hub.sign)}",
        *(f"admin       {each.id}: {what_admin_may(trust, each.id)}" for each in trust.admins),
        *(f"controller  {each.id}" for each in trust.controllers),
        *([f"warning: {warning}"] if warning else []),
    ]
