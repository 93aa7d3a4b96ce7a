"""What a restored hub gets back stands in its log again, as far as changes tell it."""

import msgspec

from doorctl.core.records import RecordKind
from doorctl.hub.command_records import FETCHED_BACK
from doorctl.wire.verdict import Verdict
from tests.hub.builders import NOON
from tests.hub.own_log.reading import own_log
from tests.hub.restored.restored_site import ARestoredSite


def test_changes_that_came_back_are_recorded_with_their_commands_and_rows(site: ARestoredSite) -> None:
    site.hear_head()
    before = len(own_log(site).raw)
    site.hear_notes()

    read = own_log(site)
    told = [leaf for leaf in read.leaves[before:] if leaf.act]
    assert [(leaf.act.verb, leaf.act.verdict, leaf.act.reason, leaf.act.revision) for leaf in told if leaf.act] == [
        ("grant", Verdict.ACCEPTED, FETCHED_BACK, 3),
        ("group-add", Verdict.ACCEPTED, FETCHED_BACK, 4),
    ]
    assert msgspec.json.decode(read.texts[told[0].seq, 1])["holder"] == "h1"


def test_changes_that_are_not_taken_leave_no_record(site: ARestoredSite) -> None:
    site.hear_head()
    before = own_log(site).raw
    site.hear_notes(site.kept_notes[0].replace(b'"staff"', b'"stuff"'))

    assert own_log(site).raw == before


def test_what_the_hub_changes_by_itself_is_recorded_too(site: ARestoredSite) -> None:
    site.hub.set_timezone("Europe/Paris", NOON)

    leaf = own_log(site).of(RecordKind.COMMAND)[-1]
    assert leaf.act is not None
    assert (leaf.act.admin, leaf.act.verb, leaf.act.before) == ("hub", "timezone", ())
    assert msgspec.json.decode(bytes(leaf.act.after[0]))["timezone"] == "Europe/Paris"
