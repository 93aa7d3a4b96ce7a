"""What ``doorctl status`` says that somebody should see to."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from doorctl.cli.site.status import DAY_SECONDS, held_open, troubles
from doorctl.wire.link_state import LinkWord
from doorctl.wire.loop_state import LoopState
from doorctl.wire.results import ControllerStatus, InputTrouble, LogAlarm, SiteStatus

NOON = 1800010800
WELL = ControllerStatus(
    controller="pi-1",
    link=LinkWord.ONLINE,
    revision=7,
    is_current=True,
    heard_at=NOON,
    log_epoch=1,
    log_size=10,
    last_record_at=NOON,
)
SITE = SiteStatus(
    site="hq",
    epoch=1,
    revision=7,
    chain="0" * 64,
    digest="0" * 64,
    at=NOON,
    trust_version=1,
    controllers=(WELL,),
    refusals={},
)


def test_a_site_that_is_well_has_no_troubles() -> None:
    far = NOON + 61 * DAY_SECONDS

    assert (
        list(troubles(replace(SITE, trust_expires=far, controllers=(replace(WELL, certificate_expires=far),)))) == []
    )


def test_a_loop_that_is_late_as_loops_are_is_no_trouble() -> None:
    assert list(troubles(replace(SITE, controllers=(replace(WELL, loop=LoopState(3, 20, 30)),)))) == []


def test_of_a_hub_that_catches_up_the_way_out_is_told_too() -> None:
    (line,) = troubles(replace(SITE, lost_up_to=9))

    assert "`doorctl trust new-epoch`" in line


def test_a_door_that_is_held_open_is_told_by_the_sites_clock() -> None:
    (line,) = held_open(replace(SITE, held_open={"front": NOON}), ZoneInfo("Europe/Paris"))

    assert line.startswith("front was ordered to stay open until 2027-01-15 12:00:00+01:00")
    assert line.endswith("`doorctl hold-open front --end`")


@pytest.mark.parametrize(
    ("news", "told"),
    [
        (
            {"log_alarms": (LogAlarm(NOON, "log-fork", "pi-1", 7, 3, "aa" * 32, "bb" * 32),)},
            "ALARM: 2027-01-15 11:00:00+00:00: a controller has signed two histories of its log: pi-1, log epoch 7, "
            f"from record 3 on; the hub holds root {'aa' * 32}, the controller tells {'bb' * 32}",
        ),
        ({"is_forked": True}, "ALARM: this hub has signed two histories"),
        (
            {"lost_up_to": 9, "reductions_kept": 2},
            "ALARM: the hub was restored and fetches revisions 8 to 9 back; 2",
        ),
        ({"trust_expires": NOON + DAY_SECONDS}, "trust expires on 2027-01-16"),
        ({"trust_expires": NOON - DAY_SECONDS}, "trust expired on 2027-01-14"),
        ({"late_with_leavers": ("pi-1",)}, "ALARM: pi-1 was there and has not confirmed to deny somebody"),
        ({"lockdowns": ("vault",)}, "vault is locked down: no card opens its doors until `doorctl release vault`"),
        ({"lockdowns": ("*",)}, "every zone is locked down: no card opens its doors until `doorctl release all`"),
        ({"nameless": 3}, "3 people came back without a name"),
        ({"is_disk_short": True}, "ALARM: the hub's disk is nearly full"),
        ({"claimed_twice": {"front": ["pi-1", "pi-2"]}}, "ALARM: pi-1, pi-2 say that they serve front"),
        ({"card_keys_lacking": 1}, "ALARM: the hub lacks 1 of the card keys that the policy uses"),
    ],
)
def test_what_is_wrong_with_the_site_is_told(news: dict[str, Any], told: str) -> None:
    (line,) = troubles(replace(SITE, **news))

    assert line.startswith(told)


@pytest.mark.parametrize(
    ("news", "told"),
    [
        ({"is_forked": True}, "ALARM: pi-1 follows another history"),
        ({"hub_forked": True}, "ALARM: pi-1 knows another history of the hub's own log"),
        ({"digest_agrees": False}, "pi-1: its rows differ"),
        ({"not_strict": ("front",)}, "pi-1: front is strict by policy alone"),
        ({"is_cut_off": True}, "ALARM: pi-1 gets no changes any more: its doorctl is too old"),
        (
            {"input_troubles": (InputTrouble("", "mains", "failed", NOON),)},
            "ALARM: pi-1: mains: failed, since 2027-01-15 11:00:00+00:00",
        ),
        (
            {"input_troubles": (InputTrouble("front", "line of contact", "open-line", NOON),)},
            "ALARM: pi-1 at front: line of contact: open-line, since",
        ),
        (
            {"loop": LoopState(60, 700, 12, is_late=True)},
            "pi-1: the loop of its door process was up to 700 ms late within a minute, one turn of 100 by more",
        ),
        ({"withheld": 2}, "pi-1: 2 change(s) wait for a newer doorctl"),
        ({"certificate_expires": NOON + DAY_SECONDS}, "the certificate of pi-1 expires on 2027-01-16"),
        ({"certificate_expires": -(10**15)}, "the certificate of pi-1 expired on -1000000000000000 s after 1970"),
    ],
)
def test_what_is_wrong_with_a_controller_is_told(news: dict[str, Any], told: str) -> None:
    (line,) = troubles(replace(SITE, controllers=(replace(WELL, **news),)))

    assert line.startswith(told)
