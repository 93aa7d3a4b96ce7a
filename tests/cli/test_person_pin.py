"""``doorctl person pin``: how PINs are asked for, and what a real hub makes of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from doorctl.cli.people.new_pins import NewPins, choose_pins
from doorctl.core.rules.pin_code import is_code
from doorctl.errors import WrongUse
from tests.cli.sites import ASite, a_site, run


def pin(site: ASite, *arguments: str, typed: str = "") -> Result:
    return run("person", "pin", *arguments, "--config", str(site.admin_toml), "--no-wait", typed=typed)


def held(site: ASite, handle: str) -> str | None:
    (told,) = [row["pin"] for row in site.ask("list", "people") if row["handle"] == handle]
    assert told is None or isinstance(told, str)
    return told


def at_a_terminal(*typed: str) -> Callable[[str], str]:
    words = iter(typed)
    return lambda _: next(words)


def nobody(_: str) -> None:
    """Nobody is there to ask."""


@pytest.fixture(scope="module")
def people(site: ASite) -> ASite:
    for handle in ("ada", "grace"):
        site.change("person", "add", handle, "--no-wait")
    return site


def test_at_a_terminal_each_pin_is_typed_twice() -> None:
    typed = at_a_terminal("2580", "2580", "7391", "7391")

    assert choose_pins("ada", duress=True, ask=typed) == NewPins("2580", "7391")


def test_what_is_typed_differently_is_no_pin() -> None:
    with pytest.raises(WrongUse, match="differ"):
        choose_pins("ada", duress=False, ask=at_a_terminal("2580", "2508"))


def test_without_a_terminal_they_are_lines_of_standard_input() -> None:
    lines = iter(["2580\n", "7391\r\n"])

    assert choose_pins("ada", duress=True, ask=nobody, read_line=lambda: next(lines)) == NewPins("2580", "7391")


@pytest.mark.parametrize("wrong", ["", "258", "123456789", "25 80", "25a0", "\u0662\u0665\u0668\u0660"])
def test_what_is_no_pin_is_told_before_it_is_asked_for_again(wrong: str) -> None:
    with pytest.raises(WrongUse, match="4 to 8 digits"):
        choose_pins("ada", duress=False, ask=at_a_terminal(wrong))


def test_it_is_told_which_of_the_two_is_missing() -> None:
    lines = iter(["2580\n", ""])

    with pytest.raises(WrongUse, match="under duress: it has 4 to 8 digits"):
        choose_pins("ada", duress=True, ask=nobody, read_line=lambda: next(lines))


@pytest.mark.parametrize("other", ["2580", "73915"])
def test_the_pin_for_duress_is_another_of_as_many_digits(other: str) -> None:
    with pytest.raises(WrongUse, match="another of as many digits"):
        choose_pins("ada", duress=True, ask=at_a_terminal("2580", "2580", other, other))


def test_no_pin_is_shown_where_its_value_is() -> None:
    assert repr(NewPins("2580", "7391")) == "NewPins()"


def test_what_is_no_pin_is_wrong_use_before_anybody_is_asked(tmp_path: Path) -> None:
    site = a_site(tmp_path / "hq", port=1)  # nothing listens there

    wrong = pin(site, "ada", typed="258\n")
    senseless = pin(site, "ada", "--remove", "--alone")

    assert (wrong.exit_code, senseless.exit_code) == (2, 2)
    assert "a PIN for ada: it has 4 to 8 digits" in wrong.stderr


def test_a_list_tells_whether_somebody_has_a_pin_and_never_the_pin(people: ASite) -> None:
    told = [held(people, "ada")]
    for arguments, typed in (
        (["ada"], "2580\n"),
        (["ada", "--alone", "--duress"], "25801\n73912\n"),
        (["ada", "--remove"], ""),
    ):
        result = pin(people, *arguments, typed=typed)
        assert result.exit_code == 0, result.output
        assert "2580" not in result.output
        told.append(held(people, "ada"))

    assert told == [None, "with-card", "alone", None]


def test_a_code_for_an_own_pin_is_shown_once_and_counts_for_a_day(people: ASite) -> None:
    *_, given = people.ask("person", "pin", "ada", "--own-code", "--no-wait")
    *_, another = people.ask("person", "pin", "ada", "--own-code", "--for", "2d", "--no-wait")
    told = pin(people, "ada", "--own-code").stdout

    assert [is_code(each["code"]) for each in (given, another)] == [True, True]
    assert given["code"] != another["code"]
    assert 86_000 < another["valid_until"] - given["valid_until"] < 87_000
    assert "it counts once, until" in told
    assert held(people, "ada") is None


@pytest.mark.parametrize(
    "options", [["--own-code", "--alone"], ["--own-code", "--remove"], ["--own-code", "--for", "8d"]]
)
def test_a_code_stands_by_itself_and_counts_for_a_week_at_most(people: ASite, options: list[str]) -> None:
    assert pin(people, "ada", *options).exit_code == 2


def test_who_has_a_pin_that_counts_alone_gets_no_code(people: ASite) -> None:
    people.change("person", "add", "carol", "--no-wait")
    pin(people, "carol", "--alone", typed="258014\n")

    refused = pin(people, "carol", "--own-code")

    assert (refused.exit_code, "pin-alone" in refused.stderr, "code is" in refused.stdout) == (1, True, False)


def test_why_answers_for_a_door_that_asks_for_the_pin_and_asks_for_none(people: ASite) -> None:
    for words in (
        ["zone", "add", "lab", "--kind", "floor"],
        ["door", "add", "lab-1", "lab"],
        ["card", "add", "grace", "H10301:1:2"],
        ["grant", "grace", "lab"],
        ["zone", "factor", "lab", "card-and-pin"],
    ):
        people.change(*words, "--no-wait")
    pin(people, "grace", typed="2580\n")

    without = people.admin("why", "H10301:1:2", "lab-1")
    with_pin = people.admin("why", "H10301:1:2", "lab-1", "--with-pin")

    assert (without.exit_code, with_pin.exit_code) == (1, 0)
    assert "--with-pin" in without.stdout
    assert without.stdout.startswith("denied: pin_awaited\n")


def test_a_plan_tells_who_may_enter_and_has_no_pin_for_it(people: ASite, tmp_path: Path) -> None:
    for words in (
        ["zone", "add", "hall", "--kind", "floor"],
        ["card", "add", "ada", "H10301:3:4"],
        ["card", "add", "grace", "H10301:5:6"],
        ["grant", "ada", "hall"],
        ["grant", "grace", "hall"],
    ):
        people.change(*words, "--no-wait")
    pin(people, "grace", typed="2580\n")
    file = tmp_path / "site.yaml"
    people.ask("export-site", "--out", str(file))
    file.write_text(file.read_text().replace("zone: hall, kind", "factor: card-and-pin, zone: hall, kind"))

    (planned,) = people.ask("plan", str(file))

    assert planned["rules"] == [
        "zone hall: factor card -> card-and-pin",
        "zone hall: 1 who may enter have no PIN for it: ada",
    ]


def test_what_the_hub_takes_for_no_pin_is_told(people: ASite) -> None:
    pin(people, "grace", "--alone", typed="25801\n")

    weak, taken, unknown = (
        pin(people, "ada", typed="1234\n"),
        pin(people, "ada", "--alone", typed="25801\n"),
        pin(people, "nobody", typed="25801\n"),
    )

    assert [refused.exit_code for refused in (weak, taken, unknown)] == [1, 1, 1]
    assert [
        word in refused.stderr
        for word, refused in (("weak-pin", weak), ("pin-taken", taken), ("unknown-holder", unknown))
    ] == [True, True, True]
