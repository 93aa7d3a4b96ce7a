"""``doorctl alert``: what is shown of alerts, and what is asked of the hub."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer

from doorctl.cli.evidence.alert import lines_of, row_of, seconds_of
from doorctl.core.suspicion.alerts import USED
from doorctl.wire.alerts import AlertFound, RecordPlace
from tests.cli.sites import ASite

ALERTS = Path(__file__).resolve().parents[2] / "docs/alerts.md"
UTC = ZoneInfo("UTC")
FOUND = AlertFound(
    position=1,
    id="3fa1c2d40b6e",
    rule="first-use",
    severity="low",
    state="acknowledged",
    at=1_800_014_400,
    raised_at=1_800_014_401,
    detail="the first time in vault",
    about="holder:h1",
    controller="pi-1",
    door="vault-door",
    zone="vault",
    late=True,
    handle="ada",
    acknowledged_at=1_800_014_500,
    acknowledged_by="grace",
    note="a new colleague",
    records=(RecordPlace("pi-1", 1, 42),),
)


def test_an_alert_is_told_with_all_that_is_known() -> None:
    assert list(lines_of(FOUND, UTC)) == [
        "Alert 3fa1c2d40b6e: first-use, low, acknowledged",
        "  Somebody was let into a server room for the first time. the first time in vault",
        "  at 2027-01-15 12:00:00+00:00, raised at 2027-01-15 12:00:01+00:00; its record came late",
        "  controller pi-1 door vault-door zone vault about holder:h1 (ada)",
        "  record 42 of pi-1, log epoch 1",
        "  acknowledged by grace at 2027-01-15 12:01:40+00:00: a new colleague",
    ]


def test_an_alert_is_a_row_of_the_list() -> None:
    assert row_of(FOUND, UTC) == {
        "alert": "3fa1c2d40b6e",
        "raised": "2027-01-15 12:00:01+00:00",
        "severity": "low",
        "rule": "first-use",
        "where": "vault-door",
        "who": "ada",
        "what": "the first time in vault (late)",
        "seen by": "grace",
    }


def test_a_span_that_no_rule_can_have_is_refused() -> None:
    assert seconds_of("2m", range(1, 121)) == 120
    with pytest.raises(typer.BadParameter):
        seconds_of("3m", range(1, 121))


@pytest.mark.parametrize("beginning", ["", "nope", "3fa1c2d40b6e0"])
def test_what_is_the_beginning_of_no_alert_is_told(site: ASite, beginning: str) -> None:
    result = site.admin("alert", "show", beginning)

    assert (result.exit_code, "unknown-alert: there is no such alert" in result.stderr) == (1, True)


def test_a_beginning_of_more_than_one_alert_is_told(site: ASite) -> None:
    firsts: list[str] = []
    while len(firsts) == len(set(firsts)):
        site.change("alert", "test")
        firsts = [alert["id"][0] for alert in site.ask("alert", "list", "--all")]
    twice = next(first for first in firsts if firsts.count(first) > 1)

    result = site.admin("alert", "show", twice)

    assert (result.exit_code, "more than one alert begins" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("rule", "options"),
    [("too-fast", ["--within", "5m"]), ("silent", ["--count", "2"]), ("first-use", ["--schedule", "office"])],
)
def test_what_a_rule_does_not_go_by_cannot_be_set(site: ASite, rule: str, options: list[str]) -> None:
    result = site.admin("alert", "rule", "set", rule, *options)

    assert (result.exit_code, f"goes by no {options[0]}" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "option"), [("count", "--count"), ("within", "--within"), ("schedule", "--schedule")]
)
def test_the_documents_tell_what_each_rule_goes_by(name: str, option: str) -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|[^|]*\|([^|]*)\|", ALERTS.read_text(), flags=re.MULTILINE)

    assert {rule for rule, parameters in rows if option in parameters} == set(map(str, USED[name]))
