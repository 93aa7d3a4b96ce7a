"""``doorctl visitor``, ``sponsor`` and ``zone escort``: what admins type, and what they are told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.sites import ASite, a_site

BADGE = "H10301:7:70"
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")


@pytest.fixture
def reception(site: ASite) -> Iterator[ASite]:
    """A site where Ada may invite to the laboratory."""
    site.ask("zone", "add", "lab", "--kind", "floor", "--no-wait")
    site.ask("person", "add", "ada-of-the-lab", "--no-wait")
    site.ask("sponsor", "set", "ada-of-the-lab", "--zone", "lab", "--guests", "2", "--stay", "2d", "--no-wait")
    yield site
    site.admin("visitor", "out", BADGE, "--no-wait")
    site.ask("person", "remove", "ada-of-the-lab", "--no-wait")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["visitor", "in", "grace", "--host", "ada", "--until", "soon", "--badge", BADGE], "is not a time"),
        (["visitor", "in", "grace", "--host", "ada", "--until", TOMORROW], "name the card"),
        (["visitor", "set", "grace"], "say who may bring them"),
        (["visitor", "set", "grace", "--escort", "ada", "--any-escort"], "say who may bring them"),
        (["sponsor", "set", "ada", "--zone", "lab", "--stay", "30s"], "not between"),
        (["zone", "escort", "lab", "--within", "4s"], "not between 5s and 5m"),
        (["zone", "escort", "lab", "--most", "101"], "less than or equal to 100"),
    ],
)
def test_what_cannot_be_is_wrong_use_before_anybody_is_asked(tmp_path: Path, words: list[str], told: str) -> None:
    result = a_site(tmp_path / "hq", port=1).admin(*words)  # nothing listens there

    assert (result.exit_code, told in " ".join(result.stderr.split())) == (2, True), result.stderr


def test_a_visitor_comes_is_listed_and_goes(reception: ASite) -> None:
    given = ["--host", "ada-of-the-lab", "--until", TOMORROW, "--zone", "lab", "--badge", BADGE, "--no-wait"]
    reception.ask("visitor", "in", "guest-of-the-lab", "--name", "Grace", *given)
    (visitor,) = reception.ask("visitor", "list")
    (sponsor,) = reception.ask("sponsor", "list")
    overdue = reception.ask("visitor", "list", "--overdue")
    reception.ask("visitor", "out", BADGE, "--no-wait")
    (badge,) = reception.ask("visitor", "badges")

    assert (visitor["handle"], visitor["name"], visitor["escort_handle"]) == (
        "guest-of-the-lab",
        "Grace",
        "ada-of-the-lab",
    )
    assert (sponsor["guests"], sponsor["many"], sponsor["seconds"]) == (1, 2, 172_800)
    assert (overdue, badge["due_at"], reception.ask("visitor", "list")) == ([], None, [])


def test_tables_are_for_people(reception: ASite) -> None:
    given = ["--host", "ada-of-the-lab", "--until", TOMORROW, "--badge", BADGE, "--no-wait"]
    reception.ask("visitor", "in", "guest-of-the-lab", *given)

    assert "guest-of-the-lab" in reception.admin("visitor", "list").stdout
    assert "No badge is overdue." in reception.admin("visitor", "list", "--overdue").stdout
    assert "lab" in reception.admin("sponsor", "list").stdout
    assert "escorted" in reception.admin("zone", "escort", "lab").stdout


def test_how_visitors_enter_a_zone_changes_as_given_and_the_rest_stays(reception: ASite) -> None:
    reception.ask("group", "add", "guards-of-the-lab", "--no-wait")
    told = []
    for given in (
        ["--within", "20s", "--most", "2"],
        ["--group", "guards-of-the-lab"],
        ["--alone"],
        ["--escorted", "--within", "30s", "--most", "5", "--per", "1h", "--group", "none"],
    ):
        reception.ask("zone", "escort", "lab", *given, "--no-wait")
        (asked,) = reception.ask("zone", "escort", "lab")
        told.append((asked["alone"], asked["seconds"], asked["most"], asked["group"]))

    assert told == [
        (False, 20, 2, None),
        (False, 20, 2, "guards-of-the-lab"),
        (True, 20, 2, "guards-of-the-lab"),
        (False, 30, 5, None),
    ]


def test_somebody_becomes_a_visitor_and_is_none_any_more(reception: ASite) -> None:
    reception.ask("person", "add", "alan-of-the-lab", "--no-wait")
    reception.ask("visitor", "set", "alan-of-the-lab", "--escort", "ada-of-the-lab", "--no-wait")
    (visitor,) = reception.ask("visitor", "list")
    reception.ask("visitor", "end", "alan-of-the-lab", "--no-wait")
    reception.ask("person", "remove", "alan-of-the-lab", "--no-wait")

    assert (visitor["handle"], visitor["sponsor"]) == ("alan-of-the-lab", None)
    assert reception.ask("visitor", "list") == []
