"""Every table of site.db, by its schema: what it holds of a person an access request tells, or it is said why not.

So it is with erasures. A table or a column that is new here is to be listed before these tests agree.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence

import msgspec
import pytest

from doorctl.core.classes import CardClass
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleName, Severity, Suspicion
from doorctl.database import transaction
from doorctl.hub.alerts.store import raising
from doorctl.hub.history import commit_operations
from doorctl.policy.rows import RosterRow
from doorctl.wire.commands import CardAdd, CardLimit, GrantAdd, PersonAccess, PinCodeSet, PinSet
from doorctl.wire.held_results import HeldFound
from doorctl.wire.messages import FEATURE_LEVEL, Put
from doorctl.wire.occupancy_words import PassbackReset
from doorctl.wire.privacy import HeldPart, PersonHeld
from doorctl.wire.questions import Records
from doorctl.wire.report_words import ReviewStart
from doorctl.wire.results import RecordsPage
from doorctl.wire.rights import ExportBegin, PlanPart, ZoneRuleSet
from doorctl.wire.threats import ClearanceSet
from doorctl.wire.training_words import TrainingSet
from doorctl.wire.visits import HostSet, SponsorSet, VisitorIn, VisitorSet
from tests.hub.builders import NOON_SECONDS, ASite, a_private, later
from tests.hub.erasure.conftest import ADA, CARD, GRACE, HANDLE, NAME, APeopledSite
from tests.hub.erasure.traces import found_in

NOT_TOLD = {
    **dict.fromkeys(
        ("credential_classes.holder", "credential_limits.holder"),
        "whose card it is, as credentials.holder says: class and limits are told with the card",
    ),
    **dict.fromkeys(
        ("credentials.gathered", "holders.gathered"),
        "what rows of other tables say, gathered: it is told of those rows",
    ),
    "review_lines.salt": "a random number, without which the line of the review would lead to nobody",
    "openings.salt": "a random number, without which the record would lead to nobody",
    "own_pins.text": "the keyed hash of a PIN: that it waits is told",
    "pin_codes.key": "the keyed hash of a code: until when it counts is told",
    "pin_secrets.secret": "the keyed hash of a code: how often it was tried is told",
    **dict.fromkeys(
        ("pins.key", "pins.duress", "pins.alone", "pins.alone_duress"),
        "the keyed hash of a PIN: that there is one is told",
    ),
    "plan_parts.part": "a site file on its way from an admin, gone within the hour: what comes of it is told",
    "suspicion_marks.key": "the same id as in suspicion_marks.subject",
}
"""Columns that lead to a person and are not exported, and why."""
STAYS = {
    "badges.key": "the badge is the site's, and goes to the next visitor",
    "changes.change": "changes of before that say no more than the id",
    "erased_people.holder": "the erasure itself",
    "erasures.holder": "the erasure itself: the id is never used again",
    "given_commands.about": "commands of before, for 400 days",
    "holders.gathered": "of their visitors, as visitors.escort and visitors.sponsor",
    "openings.text": "acts about others, whom they were to bring",
    "records.leaf": "the records of the erasure",
    "visitors.escort": "whom only they may bring comes in with nobody, until that visit ends",
    "visitors.sponsor": "a guest whose sponsor is gone comes in no more, until that visit ends",
}
"""Columns that lead to an erased person, and why: all but the first hold the id, which belongs to nobody."""
OF_THE_ERASED = {"erased_people.holder", "erasures.holder", "records.leaf"}
"""Columns that lead to nobody before an erasure."""
PASSING = {
    "kept_reductions": "commands that a restored hub waits with; they become acts when it has its changes back",
    "withheld_changes": "changes of a newer doorctl; a hub makes those that it understands",
}
"""Tables that may lead to a person, and hold nothing at a hub in good order."""
ABOUT_NOBODY = {
    *("_sqlite_migrations", "alert_distances", "alert_outbox", "alert_rules", "arrivals", "asked_nonces"),
    *("card_rings", "claims", "commands", "cosignatures", "door_modes", "door_overrides", "doors"),
    *("dropped_hashes", "dropped_notes", "export_heads", "exports", "forgotten_commands", "forks", "groups"),
    *("holidays", "input_troubles", "known_head", "lockdowns", "log_alarms", "log_heads", "log_nodes"),
    *("place_changes", "position", "presences", "pulse_bands", "retention_passes", "retention_rules", "reviews"),
    *("schedules", "site_settings", "sites", "suspended_admins", "suspicion_cursor", "threats", "trust_notes"),
    *("zone_classes", "zone_escorts", "zone_factors", "zone_occupancies", "zone_rules", "zone_threats"),
    *("zone_trainings", "zones"),
}
OF_NOBODY = {
    *("admin", "acknowledged_by", "card_class", "chain", "commitment", "controller", "course", "day", "detail"),
    *("digest", "door", "escort_group", "format", "group", "kind", "note", "outcome", "reader", "reason", "records"),
    *("review", "rule", "said", "said_by", "schedule", "severity", "status", "trace", "verb", "verdict", "zone"),
    *("command", "id", "plan", "sign", "zones"),
}
"""Columns of other tables that hold words, places and admins; ``id`` is that of the row."""
SEOS, BADGE, PIN = "H10301:7:71", "H10301:7:70", "25801"
UNTIL = NOON_SECONDS + 3600
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'"
_COLUMNS = "SELECT name FROM pragma_table_info(?) WHERE type IN ('TEXT', 'BLOB', 'ANY')"
_HASHES = """
SELECT "key" FROM pins UNION SELECT duress FROM pins UNION SELECT alone FROM pins
UNION SELECT alone_duress FROM pins UNION SELECT "key" FROM pin_codes UNION SELECT secret FROM pin_secrets
"""
_SALTS = """
SELECT salt FROM openings WHERE controller = 'hub' AND subject = 'holder:' || :ada
UNION SELECT salt FROM review_lines WHERE holder = :ada
"""
_AT_ONCE = (
    "INSERT INTO own_pins (controller, door, holder, text, made_at) VALUES ('pi-1', 'd', :ada, 'holder:' || :ada, 1)",
    'INSERT INTO badges ("key", holder, since, due_at) VALUES (:key, :ada, 1, 2)',
    "INSERT INTO visitors (holder, escort_group) VALUES (:ada, 'staff')",
    "INSERT INTO delegates (sponsor, holder, until) VALUES (:ada, 'v1', 2), ('v1', :ada, 2)",
    "UPDATE pins SET duress = randomblob(32), alone = randomblob(32), alone_duress = randomblob(32)",
)
"""What is otherwise there at other times, or of others than those who have the rest."""
_FORMS: Sequence[Callable[[bytes], bytes]] = (
    bytes,
    lambda it: base64.b64encode(it).rstrip(b"="),
    lambda it: base64.urlsafe_b64encode(it).rstrip(b"="),
    lambda it: it.hex().encode(),
    lambda it: it.hex().upper().encode(),
)


class AHeldSite:
    """A site whose every table that may lead to somebody leads to Ada."""

    def __init__(self, peopled: APeopledSite) -> None:
        self.peopled = peopled
        self.site = peopled.site
        self._tell(peopled.site)
        self._happen(peopled.site)
        keys = [*self.site.ring.credential_keys(CARD), self.site.ring.credential_key(SEOS)]
        hashes = [bytes(key) for (key,) in self.site.connection.execute(_HASHES) if key]
        self.names = [name.encode() for name in (HANDLE, NAME)]
        self.secrets = [*keys, *hashes, *self._salts()]
        self._other = {
            form(secret): form(other)
            for secret, other in (
                (ADA.encode(), b"h-bob-7f31c0"),
                *((name, name.lower()[::-1]) for name in self.names),
                *((it, hashlib.sha256(it).digest()[: len(it)]) for it in self.secrets),
            )
            for form in _FORMS
        }

    def _tell(self, site: ASite) -> None:
        for controller in site.controllers:
            site.ack(controller, level=FEATURE_LEVEL)
        for do, private in (
            (CardAdd(ADA, card_class=CardClass.SEOS), a_private(card=SEOS)),
            (CardLimit("limits-1", uses=3), a_private(card=SEOS)),
            (ClearanceSet(ADA, 7), None),
            (TrainingSet(ADA, "laser", "2027-01-10"), None),
            (PersonAccess(ADA, 10, 60), None),
            (SponsorSet(ADA, ("lab",), 2, 7200), None),
            (HostSet(ADA, "grace"), None),
            (VisitorSet(GRACE, escort=ADA), None),
            (VisitorIn("v1", ADA, UNTIL), a_private(handle="alan", card=BADGE)),
            (PassbackReset(ADA, "lab"), None),
            (PinSet(ADA), a_private(pin=PIN)),
            (PinCodeSet(ADA, UNTIL), a_private(pin="79927398")),
            (ReviewStart("7" * 32, ("lab",)), None),
            (ExportBegin("8" * 32, "person", names=True, holder=ADA), None),
            (ZoneRuleSet("lab", approvals=2), None),
            (PlanPart("7" * 32, 0), msgspec.structs.replace(a_private(), blob=HANDLE.encode())),
        ):
            response = site.ask(do, private)
            assert response.verdict in {"accepted", "done"}, (do, response)
        site.ask(GrantAdd("g-new", "lab", holder=ADA, valid_until=UNTIL), admin=site.alan)

    def _happen(self, site: ASite) -> None:
        self.peopled.upload(f"holder:{ADA}", kind=RecordKind.ENTERED)
        self.peopled.upload(f"credential:{site.ring.credential_key(SEOS).hex()}")
        site.hub.tick(later(1))
        about = Suspicion(RuleName.FIRST_USE, Severity.LOW, NOON_SECONDS, "", "", subject=f"holder:{ADA}")
        with transaction(site.connection):
            site.connection.execute(*raising(site.connection, about, at=NOON_SECONDS).statement)
            for statement in _AT_ONCE:
                site.connection.execute(statement, {"ada": ADA, "key": site.ring.credential_key(CARD)})

    def sign_a_roster(self) -> None:
        """Let the roster of a strict zone name Ada, so that she cannot be erased."""
        with transaction(self.site.connection):
            roster = RosterRow("lab", f'doorctl/v1/roster\n{{"lines":[["{ADA}","mark"]]}}\n')
            commit_operations(self.site.connection, [Put(roster)], at=NOON_SECONDS)

    def tables(self) -> set[str]:
        return {name for (name,) in self.site.connection.execute(_TABLES)}

    def leading(self) -> set[str]:
        """Name the columns that lead to Ada, as table.column."""
        return {
            f"{table}.{column}"
            for table in self.tables()
            for column in self._columns(table)
            if any(
                self.otherwise(value) != value
                for (value,) in self.site.connection.execute(f'SELECT "{column}" FROM "{table}"')
            )
        }

    def could_lead(self) -> set[str]:
        """Name all columns of tables about people that are not known to hold something else."""
        tables = self.tables() - ABOUT_NOBODY - PASSING.keys()
        return {f"{table}.{column}" for table in tables for column in {*self._columns(table)} - OF_NOBODY}

    def otherwise(self, value: str | bytes | None) -> str | bytes | None:
        """Return a value that leads to somebody else wherever this one leads to Ada."""
        told = value.encode() if isinstance(value, str) else bytes(value or b"")
        for spelled, other in self._other.items():
            told = told.replace(spelled, other)
        if value is None:
            return None
        return told.decode() if isinstance(value, str) else told

    def export(self) -> bytes:
        """Return what an access request tells."""
        ask, pages = self.site.ask_for, list[msgspec.Struct]()
        for each in (None, *HeldPart):
            pages.append(ask(PersonHeld(ADA, part=each), HeldFound))
        for place in ("acts_after", "alerts_before", "reviews_after"):
            pages.append(ask(msgspec.structs.replace(PersonHeld(ADA), **{place: 0}), HeldFound))
        pages.append(ask(Records(holder=ADA), RecordsPage))
        return msgspec.json.encode(pages)

    def export_without(self, column: str) -> bytes | str:
        """Return what it would tell if a column led to somebody else, or how the hub refuses it then."""
        connection, (table, name) = self.site.connection, column.split(".")
        connection.create_function("otherwise", 1, self.otherwise)
        connection.execute("SAVEPOINT otherwise")
        try:
            connection.execute(f'UPDATE "{table}" SET "{name}" = otherwise("{name}")')
            return self.export()
        except AssertionError:
            return "refused: nobody is known by this id"
        finally:
            connection.execute("ROLLBACK TO otherwise")
            connection.execute("RELEASE otherwise")

    def _columns(self, table: str) -> list[str]:
        return [name for (name,) in self.site.connection.execute(_COLUMNS, (table,))]

    def _salts(self) -> list[bytes]:
        return [bytes(salt) for (salt,) in self.site.connection.execute(_SALTS, {"ada": ADA})]


@pytest.fixture
def held(peopled: APeopledSite) -> AHeldSite:
    return AHeldSite(peopled)


def test_every_column_that_could_lead_to_a_person_does_so_here(held: AHeldSite) -> None:
    held.sign_a_roster()

    assert held.could_lead() - held.leading() == OF_THE_ERASED
    assert {column.partition(".")[0] for column in held.leading()} & ABOUT_NOBODY == set()


def test_an_access_request_tells_of_every_column_or_it_is_said_why_not(held: AHeldSite) -> None:
    held.sign_a_roster()
    held.site.connection.execute("PRAGMA foreign_keys = OFF")
    held.export()  # the first look is recorded, and so told by the next one
    told = held.export()

    silent = {column for column in held.leading() if held.export_without(column) == told}

    assert silent == NOT_TOLD.keys()


def test_after_an_erasure_no_column_leads_to_the_person_but_those_that_are_listed(held: AHeldSite) -> None:
    held.peopled.erase()

    assert held.leading() == STAYS.keys()


def test_after_an_erasure_no_file_holds_a_name_a_hash_or_a_salt(held: AHeldSite) -> None:
    before = {secret for _, secret in found_in(held.peopled.folder, [*held.names, *held.secrets])}
    held.site.connection.execute("DELETE FROM badges WHERE holder = ?", (ADA,))  # what stays of it is the site's

    held.peopled.erase()

    assert before == {*held.names, *held.secrets}
    assert found_in(held.peopled.folder, [*held.names, *held.secrets]) == []
