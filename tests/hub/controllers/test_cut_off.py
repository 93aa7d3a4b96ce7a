"""Controllers that no change reaches any more, because their doorctl is too old for the whole policy."""

from doorctl.core.model import ZoneKind
from doorctl.wire.commands import ZoneSet
from doorctl.wire.rights import ZoneRuleSet
from tests.hub.builders import NOON, ASite
from tests.hub.controllers.test_presence import status_of


def test_who_is_too_old_for_the_whole_policy_of_a_new_epoch_is_told_as_cut_off(site_with_two: ASite) -> None:
    site = site_with_two
    site.ask(ZoneSet(zone="vault", zone_kind=ZoneKind.SERVER_ROOM))
    site.ask(ZoneRuleSet(zone="vault", approvals=2))
    for controller, level in zip(site.controllers, (1, 2), strict=True):
        site.ack(controller, level=level)
    before = [status_of(site, number=number).is_cut_off for number in (0, 1)]
    site.epoch = 2
    site.hub.take_trust(site.trust(version=2), NOON)

    after = [status_of(site, number=number).is_cut_off for number in (0, 1)]

    assert (before, after) == ([False, False], [True, False])
