"""``doorctl zone rule``: which spans it takes, and what it shows."""

from pathlib import Path

import pytest

from tests.cli.sites import ASite, a_site


@pytest.mark.parametrize(
    ("option", "span", "told"),
    [
        ("--max-age", "0s", "not between 1s and 365d"),
        ("--max-age", "999999d", "not between 1s and 365d"),
        ("--max-age", "15", "Write 15s for seconds or 15m for minutes"),
        ("--max-age", "soon", "not a span of time"),
        ("--grace-after-boot", "2d", "not between 0d and 1d"),
    ],
)
def test_a_span_that_no_zone_can_have_is_wrong_use_before_anybody_is_asked(
    tmp_path: Path, option: str, span: str, told: str
) -> None:
    site = a_site(tmp_path / "hq", port=1)  # nothing listens there

    result = site.admin("zone", "rule", "floor-3", option, span)

    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())


def test_a_name_that_the_hub_could_not_read_is_wrong_use_before_anybody_is_asked(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq", port=1)  # nothing listens there

    result = site.admin("zone", "add", "Server Room", "--kind", "floor")

    assert result.exit_code == 2
    assert (
        result.stderr == "doorctl: zone: a name has 1 to 32 small letters, digits and hyphens, such as server-room\n"
    )


def test_a_zones_rules_are_shown_in_words(site: ASite) -> None:
    site.ask("zone", "add", "floor-3", "--kind", "floor")
    site.ask("zone", "rule", "floor-3", "--mechanical-key", "--max-age", "15m")

    shown = site.admin("zone", "rule", "floor-3").stdout.splitlines()

    assert [line.split() for line in shown][1] == ["floor-3", "1", "no", "15m", "yes"]
