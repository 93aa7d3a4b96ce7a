"""The question how the site is: the hub, every controller, and what was refused."""

from doorctl.hub.roll import Presence
from doorctl.hub.verbs.asked import Asked
from doorctl.policy.apply import Position, position_of
from doorctl.questions import StatusOf
from doorctl.results import ControllerStatus, SiteStatus

_NEWEST_LOG = "SELECT log_epoch, size FROM log_heads WHERE controller = ? ORDER BY log_epoch DESC LIMIT 1"
_LAST_RECORD = "SELECT at FROM records WHERE controller = ? AND log_epoch = ? AND seq = ?"


def status(_: StatusOf, asked: Asked) -> SiteStatus:
    """Describe the site as the hub sees it."""
    position = position_of(asked.connection)
    return SiteStatus(
        site=position.site,
        epoch=position.epoch,
        revision=position.revision,
        chain=position.chain.hex(),
        digest=position.digest_hex,
        at=asked.at,
        trust_version=asked.roll.trust.version,
        controllers=tuple(
            _controller(asked, controller, presence, position)
            for controller, presence in asked.roll.presences.items()
        ),
        refusals=dict(asked.refusals),
    )


def _controller(asked: Asked, controller: str, presence: Presence, position: Position) -> ControllerStatus:
    log_epoch, size = asked.connection.execute(_NEWEST_LOG, (controller,)).fetchone() or (None, 0)
    last = asked.connection.execute(_LAST_RECORD, (controller, log_epoch, size - 1)).fetchone()
    return ControllerStatus(
        controller=controller,
        link=presence.link,
        revision=presence.revision,
        is_current=presence.revision == position.revision,
        heard_at=None if presence.heard_at is None else int(presence.heard_at.timestamp()),
        log_epoch=log_epoch,
        log_size=size,
        last_record_at=last[0] if last else None,
    )
