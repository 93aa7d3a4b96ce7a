"""How the steps of a change are shown, to people and to programs."""

import json
from zoneinfo import ZoneInfo

import pytest

from doorctl.cli.output import Output
from doorctl.cli.steps import Steps
from doorctl.wire.messages import Missing, Response
from doorctl.wire.verdict import Verdict

PARIS = ZoneInfo("Europe/Paris")
NOON = 1800010800
MISSING = (Missing("pi-2", heard_at=NOON, denies_at=NOON + 900), Missing("pi-3", heard_at=NOON), Missing("pi-4"))


def a_response(
    verdict: Verdict, text: str = "", *, revision: int | None = 7, missing: tuple[Missing, ...] = ()
) -> Response:
    return Response("hq", "grace", "c" * 32, verdict, text=text, revision=revision, missing=missing)


def test_who_is_missing_is_told_with_its_silence_and_its_denial(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps(Output(), PARIS)
    steps.accepted(a_response(Verdict.ACCEPTED, "granted floor-3"))

    code = steps.ended(a_response(Verdict.PARTIAL, "in force at 1 of 4 controllers", missing=MISSING))

    told = capsys.readouterr()
    assert code == 3
    assert told.out.splitlines()[0].startswith("accepted as revision 7: granted floor-3 (")
    assert told.out.splitlines()[2:] == [
        "  pi-2: last heard 2027-01-15 12:00:00+01:00; its doors deny by themselves at 2027-01-15 12:15:00+01:00",
        "  pi-3: last heard 2027-01-15 12:00:00+01:00; its doors go on as they were until it is back",
        "  pi-4: never heard; its doors go on as they were until it is back",
    ]
    assert told.err.startswith("The change stands;")


def test_programs_get_one_object_for_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps(Output(as_json=True), PARIS, facts={"zone": "floor-3"})
    steps.accepted(a_response(Verdict.ACCEPTED, "granted floor-3"))
    steps.progress(a_response(Verdict.PROGRESS, "in force at 1 of 2 controllers", missing=MISSING[:1]))
    code = steps.ended(a_response(Verdict.DONE, "in force at 2 of 2 controllers"))

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert code == 0
    assert [each["verdict"] for each in told] == ["accepted", "progress", "done"]
    assert [each["zone"] for each in told] == ["floor-3"] * 3
    assert [each["change"] for each in told] == ["granted floor-3"] * 3
    assert told[1]["missing"] == [{"controller": "pi-2", "heard_at": NOON, "denies_at": NOON + 900}]


def test_an_order_without_an_answer_says_that_nobody_knows(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps(Output(), PARIS)
    steps.accepted(a_response(Verdict.ACCEPTED, "ordered pi-1 to do it", revision=None))

    code = steps.ended(a_response(Verdict.PARTIAL, "no word from pi-1", revision=None))

    assert (code, capsys.readouterr().err.startswith("Whether it was done is not known")) == (3, True)


def test_what_waits_for_a_second_admin_is_told_by_its_id_and_is_not_done(capsys: pytest.CaptureFixture[str]) -> None:
    code = Steps(Output(as_json=True), PARIS).ended(a_response(Verdict.PENDING, "server-room asks for two admins"))

    told = capsys.readouterr()
    assert (code, "another admin" in told.err, json.loads(told.out)["request"]) == (3, True, "c" * 32)


def test_what_was_accepted_and_not_waited_for_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps(Output(), PARIS)
    response = a_response(Verdict.ACCEPTED, "granted floor-3")
    steps.accepted(response)

    code = steps.ended(response)

    assert (code, len(capsys.readouterr().out.splitlines())) == (0, 1)
