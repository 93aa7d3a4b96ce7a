"""What holds on every broker: grants, revokes, suspensions, restarts, absence, and a broker that dies."""

import pytest

from doorctl.cli.desk import private
from doorctl.commands import GrantAdd, GroupAdd, PersonAdd, PersonSet, Revoke
from doorctl.core.model import Status
from tests.system.site import ADA, FLOOR, RunningSite

WHILE_AWAY = 12


class SiteContract:
    """Each test finds Ada's card granted at floor 3 and all processes running, and leaves it so."""

    def test_a_revoke_denies_and_a_grant_opens(self, site: RunningSite) -> None:
        site.change(Revoke(FLOOR, holder=ADA))

        site.assert_denies()
        site.change(GrantAdd("grant-again", FLOOR, holder=ADA))
        site.assert_opens()

    def test_a_suspended_person_is_denied_until_active_again(self, site: RunningSite) -> None:
        site.change(PersonSet(ADA, Status.SUSPENDED))

        site.assert_denies()
        site.change(PersonSet(ADA, Status.ACTIVE))
        site.assert_opens()

    @pytest.mark.parametrize("process", ["link", "keeper", "hub"])
    def test_a_process_that_was_killed_goes_on_where_it_was(self, site: RunningSite, process: str) -> None:
        site.kill(process)
        site.start(process)

        site.change(GroupAdd(f"after-{process}"))
        site.wait_until_synchronous()

    def test_a_door_that_was_killed_opens_again(self, site: RunningSite) -> None:
        records = site.log_size()
        site.kill("door")
        site.start("door")

        site.wait_until_ready(after=records - 1)
        site.assert_opens()

    def test_a_controller_that_was_away_gets_every_change_it_missed(self, site: RunningSite) -> None:
        site.stop("link")
        for number in range(WHILE_AWAY):
            site.accept(PersonAdd(f"away-{number}"), private(handle=f"away-{number}", name="Alan"))
        site.accept(Revoke(FLOOR, holder=ADA))
        site.assert_opens()  # it decides on, by what it has

        site.start("link")
        site.wait_until_synchronous()
        site.assert_denies()
        site.change(GrantAdd("grant-back", FLOOR, holder=ADA))
        site.assert_opens()

    def test_a_broker_that_dies_and_forgets_everything_loses_nothing(self, site: RunningSite) -> None:
        site.broker.kill()
        site.assert_opens()
        site.broker.start()

        site.change(GroupAdd("after-the-broker"))
        site.wait_until_synchronous()
