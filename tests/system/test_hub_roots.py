"""From the hub over broker, link and keeper into a door's record: the hub's own signature of its own log."""

import pytest

from doorctl.audit.hub_word import is_signed
from doorctl.core.records import RecordKind
from tests.system.site import RunningSite, a_running_site

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


def is_recorded(site: RunningSite) -> bool:
    return any(leaf.kind is RecordKind.HUB_ROOT for leaf in site.log.records())


def test_a_running_door_records_the_hubs_log_as_the_hub_has_signed_it() -> None:
    with a_running_site() as site:
        site.until(lambda: is_recorded(site), what="the hub's log")

        marks = [leaf.tree for leaf in site.log.records() if leaf.kind is RecordKind.HUB_ROOT and leaf.tree]
        verifiers = [site.hub_identity.signer.verifier]
        assert all(is_signed(mark, site=site.account.site, verifiers=verifiers) for mark in marks)
        assert "reason=bad-signature" not in site.said("door")
