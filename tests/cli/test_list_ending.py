"""``doorctl list … --ending``: who and what ends soon, the first to end first; of a real hub."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.sites import ASite


@pytest.fixture(scope="module")
def agency(site: ASite) -> ASite:
    """Temporary people who end in 20, 2, 10 and 40 days, and one who stays."""
    today = datetime.now(UTC).date()
    for handle, days in (("late", 20), ("soon", 2), ("later", 10), ("beyond", 40)):
        site.ask("person", "add", handle, "--until", (today + timedelta(days)).isoformat())
    site.ask("person", "add", "stays")
    return site


def test_the_first_to_end_comes_first_and_who_ends_later_or_never_is_not_told(agency: ASite) -> None:
    found = agency.ask("list", "people", "--ending", "30d")

    assert [row["handle"] for row in found] == ["soon", "later", "late"]


def test_where_nothing_ends_a_sentence_says_so(agency: ASite) -> None:
    result = agency.admin("list", "grants", "--ending", "30d")

    assert (result.exit_code, result.stdout) == (0, "There are no grants that end within 30d.\n")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("zones", "--ending", "30d"), 1, "unknown-list: what ends is listed of people, cards, grants, trainings"),
        (("people", "--ending", "30"), 2, "30 of what?"),
        (("people", "--ending", "none"), 2, "'none' is not a span of time"),
        (("people", "--ending", "9999d"), 2, "is not between"),
    ],
)
def test_what_has_no_end_and_what_is_no_span_is_told(
    agency: ASite, words: tuple[str, ...], code: int, sentence: str
) -> None:
    result = agency.admin("list", *words)

    assert result.exit_code == code
    assert sentence in " ".join(result.stderr.split())
