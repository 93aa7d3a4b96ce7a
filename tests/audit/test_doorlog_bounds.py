"""Long lines in an exported proof: what the hub wrote once must be readable for ever."""

from pathlib import Path

from tests.audit.doorlogs import ASite, a_site, judge, pack


def a_site_with_long_lines(characters: int) -> ASite:
    """The hub has a leaf and an opening that are longer than what is read at once."""
    site = a_site()
    hub = site["hub"]
    hub.write("command", act={"after": ["x" * characters]})
    hub.write("command", personal=[hub.commit("y" * characters, part=1)])
    return site


def test_a_leaf_and_an_opening_may_be_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    assert judge(pack(a_site_with_long_lines(300_000)), tmp_path).failure == ""


def test_a_line_has_an_end_within_what_memory_holds(tmp_path: Path) -> None:
    verdict = judge(pack(a_site_with_long_lines(1 << 23)), tmp_path)

    assert (verdict.whole, verdict.step) == (False, "container")
    assert "one that is too long" in verdict.failure
