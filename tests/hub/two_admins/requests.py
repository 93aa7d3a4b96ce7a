"""Commands that wait for a second admin in a vault: asked for, looked up and decided."""

import hashlib

from doorctl.core.model import Weekday
from doorctl.policy.rows import ScheduleRow, WindowRow
from doorctl.wire.commands import GrantAdd, Verb
from doorctl.wire.questions import Approvals
from doorctl.wire.results import WaitingCommand, WaitingCommands
from doorctl.wire.rights import Approve, Refuse
from tests.hub.builders import AnAdmin, ASite

GRANT = GrantAdd("g1", "vault", holder="h1")
REQUEST = "7" * 32
NIGHTS = ScheduleRow("nights", (WindowRow((Weekday.HOLIDAY,), "22:00", "06:00"),))
DAY = 86_400


def ask_for_grant(site: ASite, do: Verb = GRANT, *, admin: AnAdmin | None = None) -> str:
    payload = site.a_command(do, admin=admin, command_id=REQUEST)
    (response,) = site.responses(site.send(payload, admin=admin))
    assert response.verdict == "pending", response
    return response.command


def the(decision: type[Approve | Refuse], site: ASite) -> Approve | Refuse:
    """Decide what waits under the id, as it was signed and as it stands now; or what did wait."""
    found = site.rows(f"SELECT note FROM waiting_requests WHERE id = '{REQUEST}'")
    if not found:
        return decision(REQUEST)
    sha256 = hashlib.sha256(str(found[0][0]).encode()).hexdigest()
    return Refuse(REQUEST, sha256) if decision is Refuse else Approve(REQUEST, sha256, shown(site).grounds)


def shown(site: ASite) -> WaitingCommand:
    """Look at what waits under the id."""
    return site.ask_for(Approvals(request=REQUEST), WaitingCommands).requests[0]


def waiting(site: ASite) -> list[str]:
    return [each.request for each in site.ask_for(Approvals(), WaitingCommands).requests]


def grants(site: ASite) -> set[object]:
    return {grant for (grant,) in site.rows("SELECT id FROM grants")}
