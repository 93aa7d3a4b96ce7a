"""The table of ``doorctl status`` shows what differs, and times of today as such."""

from zoneinfo import ZoneInfo

from msgspec.structs import replace

from doorctl.cli.site.status_columns import columns
from doorctl.wire.messages import FEATURE_LEVEL
from tests.cli.test_status import NOON, SITE, WELL

PARIS = ZoneInfo("Europe/Paris")
USUAL = replace(
    WELL,
    in_force=7,
    digest_agrees=True,
    clock="synchronized",
    level=FEATURE_LEVEL,
    withheld=0,
    trust_version=SITE.trust_version,
)


def test_a_table_of_controllers_that_are_well_has_no_column_for_that() -> None:
    (row,) = columns(replace(SITE, controllers=(USUAL,)), PARIS)

    assert row == {
        "controller": "pi-1",
        "link": "online",
        "revision": 7,
        "in_force": 7,
        "current": "yes",
        "fresh": None,
        "log": 10,
        "heard_at": "12:00:00",
        "last_record_at": "12:00:00",
    }


def test_what_differs_at_one_controller_is_a_column_for_all() -> None:
    odd = replace(USUAL, controller="pi-2", withheld=3, clock="held", heard_at=NOON - 86_400)

    first, second = columns(replace(SITE, controllers=(USUAL, odd)), PARIS)

    assert (first["withheld"], second["withheld"], second["clock"]) == (0, 3, "held")
    assert str(second["heard_at"]).endswith(" 12:00:00")
