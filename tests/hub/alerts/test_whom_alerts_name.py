"""Whom an alert names: an opaque id alone; nobody that a controller makes up, or whom no record leads to any more."""

import pytest

from doorctl.core.model import Status
from doorctl.core.records import RecordKind
from doorctl.hub.alerts.schema import forget_whom_no_record_leads_to
from doorctl.wire.alerts import AlertAcknowledge
from doorctl.wire.commands import PersonEdit
from doorctl.wire.privacy import PersonErase
from tests.hub.alerts.watching import a_log, a_private_note, alerts_in, deliver, write
from tests.hub.builders import ASite, a_private
from tests.hub.logs import UNKNOWN_BADGE


def a_noted_alert_about_ada(room: ASite) -> None:
    """Let her door raise an alert, and somebody write beside it that she was called."""
    log = a_log(room)
    write(log, outcome="granted", door="vault-door", zone="vault")
    (alert,) = deliver(room, log)
    room.ask(AlertAcknowledge(alert.id), a_private_note("called Ada"))
    about, note, marks = left_of_ada(room)
    assert (about, note, marks > 0) == ("holder:h1", "called Ada", True)


def left_of_ada(room: ASite) -> tuple[str, str, int]:
    """Return what her alert still says of her, what stands beside it, and how many marks are about her."""
    (found,) = alerts_in(room, everything=True)
    ((marks,),) = room.rows("SELECT count(*) FROM suspicion_marks WHERE subject = 'holder:h1' OR key LIKE '%h1%'")
    return found.about, found.note, int(str(marks))


def test_a_person_is_an_opaque_id_in_what_is_said_and_nothing_in_the_hubs_log(room: ASite) -> None:
    log = a_log(room)
    write(log, outcome="granted", door="vault-door", zone="vault")

    (alert,) = deliver(room, log)
    (found,) = alerts_in(room)

    assert (alert.rule, alert.about) == ("first-use", "holder:h1")
    assert (found.about, found.handle) == ("holder:h1", "ada")
    leaves = b"".join(bytes(leaf) for (leaf,) in room.connection.execute("SELECT leaf FROM records"))
    assert b":h1" not in leaves
    assert b'"ada"' not in leaves


@pytest.mark.parametrize("subject", ["holder:" + "x" * 5000, "Ada", "credential:ab", "holder:H 1"])
def test_whom_a_controller_makes_up_is_nobody(room: ASite, subject: str) -> None:
    log = a_log(room)
    write(log, kind=RecordKind.FORCED_OPEN, outcome=None, subject=subject)

    (alert,) = deliver(room, log)

    assert alert.about == ""
    assert room.rows("SELECT count(*) FROM suspicion_marks WHERE subject <> ''") == [(0,)]


def test_of_an_unknown_card_too_little_is_said_to_look_it_up(room: ASite) -> None:
    log = a_log(room)
    for _ in range(5):
        write(log, subject=UNKNOWN_BADGE)

    alerts = deliver(room, log)

    assert {each.about for each in alerts} | {each.about for each in alerts_in(room)} == {"credential:abababab"}


def test_whoever_no_record_leads_to_is_forgotten_in_alerts_and_marks(room: ASite) -> None:
    a_noted_alert_about_ada(room)

    room.connection.execute("DELETE FROM openings WHERE subject = 'holder:h1'")

    assert left_of_ada(room) == ("", "", 0)


def test_an_alert_forgets_whom_nothing_but_acts_of_admins_led_to(room: ASite) -> None:
    a_noted_alert_about_ada(room)
    room.ask(PersonEdit("h1", Status.ACTIVE), a_private(handle="ada", name="Ada Lovelace"))
    room.connection.execute("DELETE FROM openings WHERE controller = 'pi-1'")

    room.ask(PersonErase("h1"))

    assert left_of_ada(room) == ("", "", 0)


def test_what_older_versions_left_in_alerts_of_whom_no_record_leads_to_goes(room: ASite) -> None:
    a_noted_alert_about_ada(room)
    room.connection.execute("DROP TRIGGER suspicion_of_nobody")
    room.connection.execute("DELETE FROM openings WHERE subject = 'holder:h1'")

    forget_whom_no_record_leads_to(room.connection)

    assert left_of_ada(room) == ("", "", 0)
