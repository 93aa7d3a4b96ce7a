"""Alerts leave the site by a queue that survives, on ways that may fail or never end."""

import threading
from dataclasses import dataclass, field
from queue import SimpleQueue

from doorctl.core.suspicion.alerts import RuleName, Severity
from doorctl.hub.alerts.outbox import MOST_WAITING, Outbox
from doorctl.hub.alerts.sender import PATIENCE_SECONDS, Sender
from doorctl.hub.outside import NotSent
from doorctl.wire.alerts import Alert, AlertRuleSet, AlertTest
from tests.hub.builders import SITE, ASite, later

SECONDS = 60.0


@dataclass
class AWay:
    """A way that takes alerts, or does not."""

    fails: bool = False
    taken: SimpleQueue[Alert] = field(default_factory=SimpleQueue)
    tried: SimpleQueue[Alert] = field(default_factory=SimpleQueue)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.may_go_on.set()

    def __call__(self, alert: Alert) -> None:
        self.tried.put(alert)
        self.may_go_on.wait(SECONDS)
        if self.fails:
            raise NotSent("nobody is there")
        self.taken.put(alert)


def an_outbox(site: ASite, *ways: str, least: Severity = Severity.LOW) -> Outbox:
    return Outbox(site.connection, site.hub.watch, site=SITE, ways=ways, least=least)


def waiting(site: ASite) -> list[tuple[object, ...]]:
    return site.rows("SELECT way, tries FROM alert_outbox ORDER BY position")


def raise_one(site: ASite, *, id_: str, severity: str) -> None:
    site.connection.execute(
        "INSERT INTO alerts (id, rule, severity, at, raised_at, detail, about, controller, door, zone, late, records)"
        "VALUES (?, 'duress', ?, 0, 0, '', '', '', '', '', 0, '[]')",
        (id_, severity),
    )


def until_noted(site: ASite, sender: Sender, *, seconds: float, rows: list[tuple[object, ...]]) -> None:
    """Let the sender go on until the queue is so: its threads take the time that they take."""
    done = threading.Event()
    for _ in range(int(SECONDS * 100)):
        sender.turn(later(seconds))
        if waiting(site) == rows:
            return
        done.wait(0.01)
    raise AssertionError(waiting(site))


def test_an_alert_is_sent_on_every_way_and_leaves_the_queue(site: ASite) -> None:
    site.ask(AlertTest())
    ways = {"one": AWay(), "other": AWay()}
    sender = Sender(an_outbox(site, *ways), ways)

    sender.turn(later(0))
    sent = [way.taken.get(timeout=SECONDS) for way in ways.values()]

    until_noted(site, sender, seconds=1, rows=[])
    assert [(each.rule, each.detail) for each in sent] == [("test", "a test by grace")] * 2


def test_what_was_not_taken_is_tried_again_later_and_over_a_restart(site: ASite) -> None:
    site.ask(AlertTest())
    bad, good = AWay(fails=True), AWay()
    until_noted(site, Sender(an_outbox(site, "web"), {"web": bad}), seconds=0, rows=[("web", 1)])
    site.restart()
    sender = Sender(an_outbox(site, "web"), {"web": good})

    sender.turn(later(5))
    early = good.tried.empty()
    sender.turn(later(15))

    assert early
    assert good.taken.get(timeout=SECONDS).rule == "test"


def test_a_way_that_fails_again_and_again_is_an_alert_itself(site: ASite) -> None:
    site.ask(AlertRuleSet(RuleName.SENDER, count=2))
    site.ask(AlertTest())
    sender = Sender(an_outbox(site, "web"), {"web": AWay(fails=True)})

    until_noted(site, sender, seconds=0, rows=[("web", 1)])
    until_noted(site, sender, seconds=100, rows=[("web", 2)])

    assert site.rows("SELECT rule, detail FROM alerts ORDER BY position")[1:] == [
        ("sender", "nothing goes by web after 2 tries")
    ]


def test_a_way_that_never_ends_holds_nobody_up_and_counts_as_failed(site: ASite) -> None:
    site.ask(AlertTest())
    stuck, good = AWay(), AWay()
    stuck.may_go_on.clear()
    sender = Sender(an_outbox(site, "stuck", "good"), {"stuck": stuck, "good": good})

    sender.turn(later(0))
    assert good.taken.get(timeout=SECONDS).rule == "test"
    assert stuck.tried.get(timeout=SECONDS).rule == "test"
    until_noted(site, sender, seconds=PATIENCE_SECONDS + 1, rows=[("stuck", 1)])

    stuck.may_go_on.set()
    until_noted(site, sender, seconds=PATIENCE_SECONDS + 2, rows=[])


def test_the_queue_is_bounded_and_the_oldest_are_given_up(site: ASite) -> None:
    site.ask(AlertTest())
    site.connection.executemany(
        "INSERT INTO alert_outbox (way, alert, next_at) VALUES ('web', ?, 0)",
        [(str(number),) for number in range(MOST_WAITING)],
    )

    an_outbox(site, "web").fill(later(0))

    assert site.rows("SELECT count(*), min(alert <> '0') FROM alert_outbox") == [(MOST_WAITING, 1)]


def test_critical_alerts_go_out_first_then_the_oldest(site: ASite) -> None:
    outbox, sent = an_outbox(site, "web"), list[str]()
    for severity, id_ in (("low", "1"), ("critical", "2"), ("high", "3"), ("critical", "4")):
        raise_one(site, id_=12 * id_, severity=severity)
    outbox.fill(later(0))

    while letter := outbox.next("web", later(0)):
        sent.append(letter.alert.id[0])
        outbox.sent(letter)

    assert sent == ["2", "4", "1", "3"]


def test_a_critical_alert_is_given_up_last(site: ASite) -> None:
    outbox = an_outbox(site, "web")
    raise_one(site, id_="c" * 12, severity="critical")
    outbox.fill(later(0))
    site.connection.executemany(
        "INSERT INTO alert_outbox (way, alert, next_at) VALUES ('web', ?, 0)",
        [(str(number),) for number in range(MOST_WAITING)],
    )
    site.ask(AlertTest())

    outbox.fill(later(1))

    assert site.rows("SELECT count(*), sum(alert = 'cccccccccccc') FROM alert_outbox") == [(MOST_WAITING, 1)]


def test_what_waits_for_a_way_that_is_configured_no_more_is_given_up(site: ASite) -> None:
    site.ask(AlertTest())
    an_outbox(site, "web").fill(later(0))
    site.ask(AlertTest())

    an_outbox(site, "mail").fill(later(0))

    assert waiting(site) == [("mail", 0)]


def test_alerts_below_the_least_severity_are_not_sent_but_a_test_is(site: ASite) -> None:
    site.connection.execute(
        "INSERT INTO alerts (id, rule, severity, at, raised_at, detail, about, controller, door, zone, late, records)"
        "VALUES ('a', 'first-use', 'low', 0, 0, '', '', '', '', '', 0, '[]'),"
        "('b', 'forced-door', 'critical', 0, 0, '', '', '', '', '', 0, '[]'),"
        "('c', 'test', 'low', 0, 0, '', '', '', '', '', 0, '[]')"
    )

    an_outbox(site, "web", least=Severity.HIGH).fill(later(0))

    assert site.rows("SELECT alert FROM alert_outbox ORDER BY position") == [("b",), ("c",)]
