"""All that is held about a person, exported by the command, by a real hub over a real broker."""

import json
from pathlib import Path
from typing import Any

import pytest

from doorctl.core.suspicion.alerts import RuleName
from tests.cli.sites import ALog, ASite, a_decision, join_controller


@pytest.fixture(scope="module")
def ada(site: ASite) -> str:
    """Somebody with a card, a group and a grant; returns the opaque id."""
    site.change("zone", "add", "lab", "--kind", "floor", "--no-wait")
    site.change("group", "add", "staff", "--no-wait")
    added = site.change("person", "add", "ada", "--name", "Ada L", "--no-wait")
    site.change("card", "add", "ada", "H10301:1:2", "--no-wait")
    site.change("group", "join", "staff", "ada", "--no-wait")
    site.change("grant", "ada", "lab", "--no-wait")
    site.change("person", "suspend", "ada", "--no-wait")
    return str(added["holder"])


@pytest.fixture(scope="module")
def looked_at(site: ASite, ada: str) -> str:
    """Somebody else, suspected as much as Ada, whom the review that confirmed Ada revoked; returns the other's id."""
    grace = str(site.change("person", "add", "grace", "--no-wait")["holder"])
    site.change("zone", "add", "vault", "--kind", "server-room", "--no-wait")
    site.change("grant", "grace", "lab", "--no-wait")
    join_controller(site)
    ALog(site).bring(*(a_decision(seq, "vault", subject=f"holder:{who}") for seq, who in enumerate((ada, grace))))
    first_uses = [alert for alert in until_raised(site, 2) if alert["about"].startswith("holder:")]
    for alert in first_uses:
        site.change("alert", "acknowledge", alert["id"], "--note", f"seen {alert['handle']}")
    review = site.change("review", "start", "lab")["review"]
    site.change("review", "confirm", review, "ada")
    site.change("review", "revoke", review, "grace", "--no-wait")
    return grace


def until_raised(site: ASite, count: int) -> list[dict[str, Any]]:
    """Ask until the hub's watch has judged what was brought."""
    raised: list[dict[str, Any]] = []
    while len(raised) < count:
        raised = [each for each in site.ask("alert", "list") if each["rule"] == RuleName.FIRST_USE]
    return raised


def exported(site: ASite, folder: Path, whom: str = "ada") -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    out = folder / f"{whom}.json"
    result = site.admin("person", "export", whom, "--out", str(out))
    assert result.exit_code == 0, result.output
    assert out.stat().st_mode & 0o777 == 0o600
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def test_it_holds_person_cards_rights_and_who_gave_them(site: ASite, ada: str, tmp_path: Path) -> None:
    held = exported(site, tmp_path)

    assert (held["holder"], held["person"]["handle"], held["person"]["name"]) == (ada, "ada", "Ada L")
    assert [card["format"] for card in held["cards"]] == ["H10301"]
    assert [each["group"] for each in held["groups"]] == ["staff"]
    assert [(grant["zone"], grant["given_by"]) for grant in held["grants"]] == [("lab", "admin")]


def test_it_holds_every_act_and_every_record_about_the_person(site: ASite, ada: str, tmp_path: Path) -> None:
    held = exported(site, tmp_path)

    verbs = ["person-add", "card-add", "group-join", "grant", "person-set suspended"]
    assert [act["verb"] for act in held["acts"]][: len(verbs)] == verbs
    assert held["acts"][0]["changed"]["after"]["name"] == "Ada L"
    assert [record["act"]["verb"] for record in held["records"] if "act" in record][: len(verbs)] == verbs


def test_it_tells_of_guests_badges_and_changes_in_each_format(site: ASite, ada: str, tmp_path: Path) -> None:
    site.change("person", "resume", "ada", "--no-wait")
    site.change(
        "visitor", "in", "alan", "--host", "ada", "--badge", "H10301:9:9", "--until", "2099-01-31T18:00", "--no-wait"
    )

    held = exported(site, tmp_path)
    text, page = (
        site.admin("person", "export", "ada", "--format", form, "--out", "-").stdout for form in ("text", "html")
    )

    assert {part: len(held[part]) for part in ("guests", "badges", "own_pins")} == {
        "guests": 1,
        "badges": 1,
        "own_pins": 0,
    }
    assert held["badges"][0]["host"] == held["guests"][0]["escort"] == ada
    assert [row["type"] for row in held["changes"][0]["put"]] == ["holder"]
    assert {"after", "lines", "after_key"} & held.keys() == set()
    assert "Visitors whom they bring or invite: 1" in text
    assert "<h2>Changes of the policy that name them</h2>" in page


def test_it_holds_the_alerts_and_reviews_about_the_person_and_of_nobody_else(
    site: ASite, ada: str, looked_at: str, tmp_path: Path
) -> None:
    of_ada, of_grace = (exported(site, tmp_path, whom) for whom in ("ada", "grace"))

    for held, holder, note, outcome in (
        (of_ada, ada, "seen ada", "confirmed"),
        (of_grace, looked_at, "seen grace", "revoked"),
    ):
        told = [(alert["rule"], alert["about"], alert["note"]) for alert in held["alerts"]]
        assert told == [(RuleName.FIRST_USE, f"holder:{holder}", note)]
        said = [(line["zone"], line["outcome"], line["said_by"], line["started_by"]) for line in held["reviews"]]
        assert said == [("lab", outcome, "admin", "admin")]


@pytest.mark.usefixtures("looked_at")
def test_alerts_with_their_notes_and_reviews_can_be_read(site: ASite) -> None:
    text, page = (
        site.admin("person", "export", "ada", "--format", form, "--out", "-").stdout for form in ("text", "html")
    )

    assert "Alerts about them: 1" in text
    assert "What access reviews said of them: 1" in text
    assert "note seen ada" in text
    assert "<td>seen ada</td>" in page
    assert "<h2>What access reviews said of them</h2>" in page


def test_it_is_itself_recorded_and_told_the_next_time(site: ASite, ada: str, tmp_path: Path) -> None:
    site.admin("person", "export", "ada", "--out", str(tmp_path / "first.json"))

    again = exported(site, tmp_path)

    assert "person with names" in again["exports"][-1]["told"]
    assert "export_made" in [record["kind"] for record in again["records"]]


def test_as_text_it_says_the_same_for_people(site: ASite, ada: str) -> None:
    text = site.admin("person", "export", "ada", "--format", "text", "--out", "-").stdout

    assert "handle ada; name Ada L" in text
    assert "What they may enter: 1" in text


def test_as_html_it_is_one_page_with_a_table_for_each_part(site: ASite, ada: str, tmp_path: Path) -> None:
    out = tmp_path / "ada.html"
    result = site.admin("person", "export", "ada", "--format", "html", "--out", str(out))

    text = out.read_text()
    assert (result.exit_code, out.stat().st_mode & 0o777) == (0, 0o600)
    assert text.startswith("<!DOCTYPE html>")
    assert "<h1>All that is held about ada</h1>" in text
    assert [title in text for title in ("<h2>Cards</h2>", "<h2>Records that lead to them</h2>")] == [True, True]
    assert "<td>Ada L</td>" in text
    assert "<script" not in text


def test_a_file_that_is_there_is_told_before_anything_is_recorded(site: ASite, ada: str, tmp_path: Path) -> None:
    (tmp_path / "ada.json").write_text("precious")
    before = exported(site, tmp_path / "before")["exports"]

    result = site.admin("person", "export", "ada", "--out", str(tmp_path / "ada.json"))

    assert (result.exit_code, "nothing is overwritten" in result.stderr) == (2, True)
    assert (tmp_path / "ada.json").read_text() == "precious"
    assert len(exported(site, tmp_path / "after")["exports"]) == len(before) + 1


def test_nobody_is_not_exported(site: ASite, tmp_path: Path) -> None:
    result = site.admin("person", "export", "nobody-here", "--out", str(tmp_path / "nobody.json"))

    assert result.exit_code == 1
    assert not (tmp_path / "nobody.json").exists()
