"""``doorctl admin``: other admins, who join, and whom an officer suspends and restores."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, family, hub_command, hub_question
from doorctl.cli.trust import admin_join
from doorctl.processes import DONE
from doorctl.wire.rights import AdminRestore, AdminSuspend

app = family("admin", "Let another admin join; suspend and restore admins.")
admin_join.register(app)

AdminArgument = Annotated[str, typer.Argument(metavar="NAME", help="the admin, as trust names them")]


@hub_command(app, "suspend", "doorctl admin suspend alan")
async def suspend(desk: Desk, admin: AdminArgument) -> int:
    """Let no command of an admin count from now on, and drop what waits in their name (officers)."""
    return await desk.change(AdminSuspend(admin), admin=admin)


@hub_command(app, "restore", "doorctl admin restore alan")
async def restore(desk: Desk, admin: AdminArgument) -> int:
    """Let a suspended admin command again (officers)."""
    return await desk.change(AdminRestore(admin), admin=admin)


@hub_question(app, "list", "doorctl admin list")
async def list_admins(desk: Desk) -> int:
    """List the admins whom trust names, their roles and zones, and who is suspended."""
    desk.output.table(await desk.rows("admins"), empty="Trust names no admin.")
    return DONE
