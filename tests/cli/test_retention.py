"""Rules of retention, set and shown by commands, by a real hub over a real broker."""

from tests.cli.sites import ASite


def test_a_rule_is_shown_as_it_was_set(site: ASite) -> None:
    nothing = site.admin("retention", "show")
    site.change("zone", "add", "vault", "--kind", "server-room", "--no-wait")
    site.change("retention", "set", "all", "--openings-days", "90", "--leaf-days", "730")
    site.change("retention", "set", "vault", "--records", "decisions", "--openings-days", "365")

    rules = site.ask("retention", "show")

    assert nothing.stdout == "There is no rule: everything is kept.\n"
    assert [[rule[name] for name in ("zone", "records", "openings_days", "leaf_days")] for rule in rules] == [
        ["*", "*", 90, 730],
        ["vault", "decisions", 365, None],
    ]


def test_what_cannot_be_meant_is_refused(site: ASite) -> None:
    unknown = site.admin("retention", "set", "attic", "--leaf-days", "9")
    longer = site.admin("retention", "set", "all", "--openings-days", "91", "--leaf-days", "90")

    assert ("unknown-zone" in unknown.stderr, "bad-time" in longer.stderr) == (True, True)


def test_a_rule_that_was_taken_back_is_not_there_any_more(site: ASite) -> None:
    site.change("retention", "set", "all", "--records", "faults", "--openings-days", "30")
    set_ = [rule["records"] for rule in site.ask("retention", "show")]

    ended = site.change("retention", "remove", "all", "--records", "faults")
    again = site.admin("retention", "remove", "all", "--records", "faults")

    assert (ended["verdict"], "faults" in set_) == ("done", True)
    assert "faults" not in [rule["records"] for rule in site.ask("retention", "show")]
    assert "unknown-rule" in again.stderr
