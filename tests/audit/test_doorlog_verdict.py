"""What a verdict says of a file that is whole, so that nobody takes it for more than it is."""

from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.audit.verify_doorlog import main, verify
from tests.audit.doorlogs import DAY, KEY_OPTION, NOW, PINNED, ALog, ASite, Packing, a_site, judge, pack, trust_note


def a_site_whose_hub_holds_back(*, newest: int) -> ASite:
    """The hub cosigns a controller as alive just now, and has nothing of it since."""
    site = ASite([ALog("hub"), ALog("pi-1"), ALog("pi-2")])
    for log in site.logs[1:]:
        log.write(at=newest if log.name == "pi-1" else NOW - 60)
        site.upload(log)
    return site


def a_range(*, clock: str) -> bytes:
    """Records 3 to 8, of which the first and the last are there for their times alone."""
    site = ASite([ALog("hub"), ALog("pi-1"), ALog("pi-2")])
    for log in site.logs[1:]:
        for seq in range(13):
            log.write(clock=clock if seq in {3, 8} and log.name == "pi-1" else "synchronized")
        site.upload(log)
    asked = {"since": NOW - 3600 + 4, "until": NOW - 3600 + 8}
    stretches = {("pi-1", 1): (3, 9), ("pi-2", 1): (3, 9)}
    return pack(site, Packing(shape="range", asked=asked, stretches=stretches))


def test_a_controller_with_nothing_of_its_own_for_over_a_day_is_named(tmp_path: Path) -> None:
    verdict = judge(pack(a_site_whose_hub_holds_back(newest=NOW - 7 * DAY)), tmp_path)

    assert verdict.whole
    assert [line.partition(":")[0] for line in verdict.not_proven if "nothing of its own since" in line] == ["pi-1"]
    assert any(
        "pi-1/1: 1 from record 0 on" in line and "newest record is of 2026-09-14" in line for line in verdict.proven
    )


def test_a_controller_that_wrote_within_the_day_is_not_named(tmp_path: Path) -> None:
    verdict = judge(pack(a_site_whose_hub_holds_back(newest=NOW - DAY)), tmp_path)

    assert not any("nothing of its own since" in line for line in verdict.not_proven)


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+14:00", "soon", "9999-12-31T23:59:59-14:00"])
def test_a_controller_whose_last_record_tells_no_time_of_ours_spoils_no_verdict(tmp_path: Path, told: str) -> None:
    site = a_site_whose_hub_holds_back(newest=NOW)
    log = site["pi-1"]
    log.leaves[0] = log.leaves[0].replace(b"2026-09-21T14:13:20.000Z", told.encode())
    site["hub"].leaves.clear()
    site.upload(log)

    verdict = judge(pack(site), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert any("newest record is of never" in line for line in verdict.proven)


def test_the_verdict_says_for_whom_and_what_was_asked_for(tmp_path: Path) -> None:
    asked = {"since": NOW - DAY, "door": "pi-1"}

    verdict = judge(pack(a_site(), Packing(shape="filtered", asked=asked, numbers={"pi-1": (2, 3)})), tmp_path)

    assert any("for ada" in line for line in verdict.proven)
    assert any("single records, since 2026-09-20 14:13:20 UTC, door pi-1" in line for line in verdict.proven)


@pytest.mark.parametrize(
    "packing",
    [
        Packing(shape="filtered", numbers={"pi-1": (2,)}),
        Packing(shape="range", asked={"since": NOW - 3600 + 3}, stretches={("pi-1", 1): (2, 13), ("hub", 1): (5, 6)}),
    ],
    ids=["filtered", "range"],
)
def test_in_an_export_of_less_than_the_hubs_log_it_alone_says_who_is_silent(tmp_path: Path, packing: Packing) -> None:
    site = a_site()
    site.logs.pop()
    site["hub"].leaves[5:] = []
    site["hub"].write("stop", at=NOW - 3600)
    silent = [{"log": "pi-2", "why": "never heard"}]

    verdict = judge(pack(site, replace(packing, silent=silent)), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert any("pi-2 has no records here, says the hub alone" in line for line in verdict.not_proven)


def test_a_log_whose_former_epoch_is_left_out_as_a_whole_says_so(tmp_path: Path) -> None:
    site = ASite([ALog("hub", epoch=2), ALog("pi-1", epoch=2)])
    for log in site.logs:
        log.write("log_recovered")
    site.upload(site["pi-1"])
    silent = [{"log": "pi-2", "why": "never heard"}]

    verdict = judge(pack(site, Packing(silent=silent)), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    for name in ("hub/2", "pi-1/2"):
        assert f"{name} began because one before it, of which nothing is here, could not go on" in verdict.not_proven
    assert "pi-2 has no records here, says the hub alone: never heard" in verdict.not_proven


@pytest.mark.parametrize(("clock", "named"), [("unsynchronized", 2), ("confirmed", 0)])
def test_a_range_that_ends_at_a_clock_that_was_not_set_says_so(tmp_path: Path, clock: str, named: int) -> None:
    verdict = judge(a_range(clock=clock), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert sum("its clock was not set" in line for line in verdict.not_proven) == named


def test_a_range_that_begins_at_a_time_before_all_clocks_says_so(tmp_path: Path) -> None:
    site = a_site()
    site["pi-1"].write("boot", at=5)
    site["pi-1"].write(at=NOW - 10)
    site.upload(site["pi-1"])
    stretches = {("pi-1", 1): (13, 15)}
    packing = Packing(shape="range", asked={"since": NOW - 4000}, stretches=stretches)

    assert any("record 13: its clock was not set" in line for line in judge(pack(site, packing), tmp_path).not_proven)


def test_trust_that_is_older_than_is_known_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.doorlog"
    path.write_bytes(pack(ASite(a_site().logs, [trust_note(3)])))

    known, newer = (verify(path, PINNED, at=NOW, least_trust=version) for version in (3, 4))

    assert any("trust newer than version 3 is not excluded" in line for line in known.not_proven)
    assert (newer.whole, newer.step) == (False, "trust")


def test_the_command_asks_for_the_trust_that_is_known(tmp_path: Path) -> None:
    path = tmp_path / "x.doorlog"
    path.write_bytes(pack(a_site()))

    codes = [main([str(path), *KEY_OPTION, "--at", "2026-09-21T14:13:20Z", "--least-trust", n]) for n in "12"]

    assert codes == [0, 1]


def test_the_command_takes_a_key_that_begins_with_a_dash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.doorlog"
    path.write_bytes(pack(a_site()))

    code = main([str(path), "--key", "-" + "A" * 42])

    assert (code, "signed by no root that the key leads to" in capsys.readouterr().out) == (1, True)
