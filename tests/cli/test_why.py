"""``doorctl why`` about several, and about what the hub is not told: by a real hub over a real broker."""

import json

import pytest

from tests.cli.sites import ASite

DOOR = "studio-1"


@pytest.fixture(scope="module")
def studio(site: ASite) -> ASite:
    """A studio that opens for two together: Ada and Grace may enter, and Alan may not."""
    site.change("zone", "add", "studio", "--kind", "floor", "--no-wait")
    site.change("door", "add", DOOR, "studio", "--no-wait")
    for number, handle in enumerate(("ada", "grace", "alan")):
        site.change("person", "add", handle, "--no-wait")
        site.change("card", "add", handle, f"H10301:5:{number}", "--no-wait")
    for handle in ("ada", "grace"):
        site.change("grant", handle, "studio", "--no-wait")
    site.change("zone", "factor", "studio", "card", "--persons", "2", "--no-wait")
    return site


def test_whoever_comes_first_is_told_of_before_the_answer(studio: ASite) -> None:
    alone = studio.admin("why", "ada", DOOR)
    with_grace = studio.admin("why", "ada", DOOR, "--with", "grace")
    with_alan = studio.admin("why", "ada", DOOR, "--with", "alan")

    assert [found.exit_code for found in (alone, with_grace, with_alan)] == [1, 0, 1]
    assert "after grace: denied, who is told: Please wait for another person." in with_grace.stdout
    assert "after alan: denied, who is told: No access." in with_alan.stdout
    assert with_alan.stdout.startswith("denied: person_awaited\n")


def test_programs_get_the_others_by_their_handles(studio: ASite) -> None:
    found = json.loads(studio.admin("why", "ada", DOOR, "--with", "grace", "--json").stdout)

    assert [(other["handle"], other["outcome"]) for other in found["others"]] == [("grace", "denied")]


def test_what_the_hub_is_not_told_can_be_supposed(studio: ASite) -> None:
    interlocked = studio.admin("why", "ada", DOOR, "--with", "grace", "--interlocked")
    out = studio.admin("why", "ada", DOOR, "--reader", "out")
    studio.change("zone", "classes", "studio", "--readers", "text", "--no-wait")
    wiegand = studio.admin("why", "ada", DOOR, "--with", "grace", "--reader-class", "wiegand")

    assert interlocked.stdout.startswith("denied: interlocked\n")
    assert "`doorctl status` tells of inputs in trouble" in interlocked.stdout
    assert (out.exit_code, f"at the reader inside door {DOOR}" in out.stdout) == (0, True)
    assert wiegand.stdout.startswith("denied: reader_class\n")


def test_only_so_many_can_come_before(studio: ASite) -> None:
    found = studio.admin("why", "ada", DOOR, *(["--with", "grace"] * 9))

    assert (found.exit_code, "8 people at most" in found.output) == (2, True)
