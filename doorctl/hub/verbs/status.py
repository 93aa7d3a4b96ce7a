"""The question how the site is: the hub, every controller, and what was refused."""

from collections.abc import Iterator

from doorctl.hub.alerts.input_troubles import troubles_of
from doorctl.hub.alerts.store import count_open
from doorctl.hub.controllers.presence import Presence
from doorctl.hub.history import is_broken
from doorctl.hub.log_alarms import newest_alarms
from doorctl.hub.orders.held_open import doors_held_open
from doorctl.hub.restored.claims import claimants
from doorctl.hub.restored.kept_reductions import KeptReductions
from doorctl.hub.restored.lost_and_found import nameless
from doorctl.hub.restored.recovery import is_forked, lost_up_to
from doorctl.hub.snapshots.file import level_of_rows
from doorctl.hub.two_admins.zone_bars import strict_zones_taking_clonable, threat_of
from doorctl.hub.verbs.asked import Asked
from doorctl.hub.verbs.rights.lockdown import locked_down
from doorctl.policy.apply import Position, position_of
from doorctl.wire.questions import StatusOf
from doorctl.wire.results import ControllerStatus, SiteStatus

_NEWEST_LOG = "SELECT log_epoch, size FROM log_heads WHERE controller = ? ORDER BY log_epoch DESC LIMIT 1"
_LAST_RECORD = "SELECT at FROM records WHERE controller = ? AND log_epoch = ? AND seq = ?"
_STRICT_DOORS = "SELECT d.id, d.zone FROM doors AS d JOIN zone_rules AS r ON r.zone = d.zone WHERE r.strict"


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
        trust_expires=asked.roll.trust.expires,
        controllers=tuple(
            _controller(asked, controller, presence, position)
            for controller, presence in asked.roll.presences.items()
        ),
        refusals=dict(asked.refusals),
        lost_up_to=lost_up_to(asked.connection),
        is_forked=is_forked(asked.connection),
        reductions_kept=len(KeptReductions(asked.connection)),
        nameless=nameless(asked.connection),
        card_keys_lacking=asked.ring.lacks(asked.connection),
        newer_trust=asked.roll.newer_trust,
        unproven=claimants(asked.connection),
        lockdowns=locked_down(asked.connection),
        late_with_leavers=asked.roll.late_with_leavers,
        held_open=doors_held_open(asked.connection, at=asked.at),
        claimed_twice=dict(asked.roll.claimed_twice),
        is_disk_short=asked.disk.is_short,
        log_alarms=newest_alarms(asked.connection, at=asked.at),
        open_alerts=count_open(asked.connection),
        threat=threat_of(asked.connection),
        takes_clonable=tuple(strict_zones_taking_clonable(asked.connection)),
    )


def _not_strict(asked: Asked, presence: Presence) -> Iterator[str]:
    """Find the doors that the policy alone calls strict: whoever can change the policy can open them."""
    strict = dict(asked.connection.execute(_STRICT_DOORS).fetchall())
    return (door for door in presence.doors if door in strict and presence.strict_zones.get(door) != strict[door])


def _is_cut_off(asked: Asked, presence: Presence, position: Position) -> bool:
    """Tell whether nothing leads a controller on but a snapshot, for which its doorctl is too old."""
    if presence.revision is None:
        return False
    needs_whole = presence.epoch not in (0, position.epoch) or is_broken(asked.connection, presence.revision)
    return needs_whole and presence.level < level_of_rows(asked.connection)


def _controller(asked: Asked, controller: str, presence: Presence, position: Position) -> ControllerStatus:
    log_epoch, size = asked.connection.execute(_NEWEST_LOG, (controller,)).fetchone() or (None, 0)
    last = asked.connection.execute(_LAST_RECORD, (controller, log_epoch, size - 1)).fetchone()
    return ControllerStatus(
        controller=controller,
        link=presence.unsigned.link,
        revision=presence.revision,
        in_force=presence.in_force,
        is_current=presence.is_at(epoch=position.epoch, revision=position.revision) and presence.revision is not None,
        digest_agrees=presence.digest_agrees,
        fresh_seconds=None if presence.confirmed_at is None else max(0, asked.at - presence.confirmed_at),
        clock=presence.clock,
        loop=presence.loop,
        level=presence.level,
        withheld=presence.withheld,
        is_forked=presence.forked,
        hub_forked=presence.hub_forked,
        trust_version=presence.trust,
        doors=presence.doors,
        not_strict=tuple(_not_strict(asked, presence)),
        is_cut_off=_is_cut_off(asked, presence, position),
        heard_at=presence.heard_at,
        log_epoch=log_epoch,
        log_size=size,
        last_record_at=last[0] if last else None,
        certificate_expires=presence.unsigned.certificate_expires,
        input_troubles=troubles_of(asked.connection, controller),
    )
