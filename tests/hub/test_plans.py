"""Plans at a real hub: a round trip has nothing to do, a plan is exactly what was shown, or nothing."""

import hashlib
import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from doorctl.core.model import Factor, ZoneKind
from doorctl.errors import Refused
from doorctl.hub.rights.limits import Limits
from doorctl.hub.verbs.rights.plans import PLANS_PER_HOUR
from doorctl.policy.apply import position_of
from doorctl.site.differences import Differences
from doorctl.site.mistakes import Mistakes, SiteFileError
from doorctl.site.present import LISTS, rows_of, state_from
from doorctl.site.reading import Reading, check_keys, entries_of
from doorctl.site.site_yaml import entries_from, written_entries
from doorctl.site.state import GROUP, SiteState, Subject, Terms, ZoneState
from doorctl.site.steps import MAX_STEPS, Step, packed, parted, unpacked
from doorctl.trust.note import Role
from doorctl.wire.commands import GrantAdd, GroupAdd, PersonAdd, Private, ZoneRemove, ZoneSet
from doorctl.wire.messages import Response
from doorctl.wire.privacy import RetentionFound, RetentionOf, RetentionSet
from doorctl.wire.questions import CredentialKeys, SitePage
from doorctl.wire.results import CardKeyList, PackedPage
from doorctl.wire.rights import CardKeysRotate, Lockdown, PlanApply, PlanPart, ZoneFactorSet, ZoneRuleSet
from tests.hub.builders import ADAS_CARD, CARD_KEYS, AnAdmin, ASite, a_private, an_admin, later
from tests.site.builders import EMPTY, a_person, sites, sites_of_two_admins

UTC = ZoneInfo("UTC")
PLAN = "9a" * 16
_ids = itertools.count(1)


def present(site: ASite) -> SiteState:
    pages = {what: site.ask_for(SitePage(what), PackedPage) for what in LISTS}
    rules = site.ask_for(RetentionOf(), RetentionFound).rules
    lists = {what: rows_of(page) for what, page in pages.items()}
    return state_from(lists, ring=pages["cards"].ring, rules=rules)


def steps_to(site: ASite, wanted: SiteState) -> tuple[Step, ...]:
    return Differences(present(site), wanted, lambda: f"{next(_ids):016x}").steps()


def bring(site: ASite, steps: Sequence[Step], *, admin: AnAdmin | None = None) -> PlanApply:
    """Bring the parts of a plan to the hub; return the command that applies it."""
    parts = packed(steps)
    for number, part in enumerate(parts):
        answer = site.ask(PlanPart(PLAN, number), Private("5" * 32, blob=part), admin=admin)
        assert answer.verdict == "done", answer
    position = position_of(site.connection)
    digest = hashlib.sha256(b"".join(parts)).hexdigest()
    return PlanApply(PLAN, len(parts), digest, position.epoch, position.revision, position.chain.hex())


def carry_out(site: ASite, steps: Sequence[Step], *, admin: AnAdmin | None = None) -> Response:
    return site.ask(bring(site, steps, admin=admin), admin=admin)


def go_to(site: ASite, wanted: SiteState) -> None:
    steps, rules = parted(steps_to(site, wanted))
    answers = [*([carry_out(site, steps)] if steps else []), *map(site.ask, rules)]
    assert {answer.verdict for answer in answers} <= {"accepted", "done"}, answers


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(sites(), sites())
def test_from_any_site_to_any_other_and_a_round_trip_has_nothing_to_do(first: SiteState, second: SiteState) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = ASite(Path(folder))
        for wanted in (first, second, EMPTY):
            go_to(site, wanted)

            assert present(site) == wanted
            assert steps_to(site, read(exported(site))) == ()
        site.close()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(sites_of_two_admins())
def test_what_is_exported_where_zones_ask_for_two_admins_makes_another_hub_the_same(wanted: SiteState) -> None:
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        ours, theirs = ASite(Path(first)), ASite(Path(second))
        go_to(ours, wanted)
        go_to(theirs, read(exported(ours)))

        assert exported(theirs) == exported(ours)
        assert steps_to(theirs, read(exported(ours))) == ()
        for site in (ours, theirs):
            site.close()


def exported(site: ASite) -> str:
    return written_entries(entries_of(present(site), site="hq", timezone=UTC), site="hq", revision=1)


def read(text: str) -> SiteState:
    return Reading(UTC, {}, str, Mistakes("export")).state_of(entries_from(text, source="export"))


def test_a_plan_is_one_command_whose_note_stands_in_every_change(site: ASite) -> None:
    go_to(site, SiteState({"ada": a_person()}, frozenset({"staff"}), {}, {}, {}, frozenset(), {}))

    assert site.rows("SELECT instr(change, 'plan-apply') > 0 FROM changes") == [(1,)]


def test_a_plan_is_refused_when_the_site_has_moved(site: ASite) -> None:
    apply = bring(site, [Step(GroupAdd("staff"))])
    site.ask(GroupAdd("guards"))

    assert site.ask(apply).reason == "site-moved"
    assert "staff" not in (present(site).groups or ())


def test_a_step_that_is_refused_leaves_nothing_of_the_plan(site: ASite) -> None:
    answer = carry_out(site, [Step(GroupAdd("staff")), Step(GrantAdd("g1", "nowhere", group="staff"))])

    assert (answer.reason, answer.text) == ("unknown-zone", "step 2 (grant): there is no such zone: add it first")
    assert present(site) == EMPTY


def test_a_plan_does_no_more_than_its_admin_may(site: ASite) -> None:
    site.grace = an_admin("grace", Role.CLERK)
    site.hub = site.a_hub()

    answer = carry_out(site, [Step(PersonAdd("h1"), handle="ada"), Step(GroupAdd("staff"))])

    assert answer.reason == "not-allowed"
    assert "step 2" in answer.text


def test_a_plan_ends_the_rule_of_a_zone_that_goes(site: ASite) -> None:
    vault = ZoneState(ZoneKind.SERVER_ROOM, strict=True)
    go_to(site, SiteState({}, frozenset(), {"vault": vault}, {}, {}, frozenset(), {}))

    assert [type(step.verb) for step in steps_to(site, EMPTY)] == [ZoneRuleSet, ZoneRemove]
    go_to(site, EMPTY)


def test_a_plan_parts_being_strict_from_pins_without_a_card_in_the_order_that_works(site: ASite) -> None:
    strict = ZoneState(ZoneKind.SERVER_ROOM, strict=True, factor=Factor.CARD_AND_PIN)
    by_pin = ZoneState(ZoneKind.SERVER_ROOM, factor=Factor.PIN)
    for zone in (strict, by_pin, strict):
        wanted = SiteState({}, frozenset(), {"vault": zone}, {}, {}, frozenset(), {}, {}, {})
        go_to(site, wanted)

        assert present(site) == wanted


def test_a_plan_ends_what_a_zone_that_goes_asks_for_at_its_doors(site: ASite) -> None:
    vault = ZoneState(ZoneKind.SERVER_ROOM, strict=True, pin_tries=3)
    go_to(site, SiteState({}, frozenset(), {"vault": vault}, {}, {}, frozenset(), {}))

    assert [type(step.verb) for step in steps_to(site, EMPTY)] == [ZoneRuleSet, ZoneFactorSet, ZoneRemove]
    go_to(site, EMPTY)


def test_a_plan_does_nothing_that_takes_two_admins(site: ASite) -> None:
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    site.ask(ZoneSet("vault", ZoneKind.SERVER_ROOM))
    site.ask(ZoneRuleSet("vault", approvals=2))

    answer = carry_out(site, [Step(GroupAdd("staff")), Step(GrantAdd("g1", "vault", holder="h1"))])

    assert (answer.reason, "step 2 (grant): vault" in answer.text) == ("needs-approval", True)
    assert site.rows("SELECT * FROM groups") == []


def test_grants_of_a_plan_count_like_others(site: ASite) -> None:
    site.limits = Limits(grants_per_hour=1)
    edith = site.hire("edith", Role.ADMIN)
    site.ask(PersonAdd("h1"), a_private(handle="ada"))
    site.ask(ZoneSet("floor-1", ZoneKind.FLOOR))
    steps = [Step(GrantAdd(f"g{n}", "floor-1", holder="h1", valid_until=2**32 + n)) for n in range(2)]

    answer = carry_out(site, steps, admin=edith)

    assert (answer.reason, site.rows("SELECT * FROM grants")) == ("too-many-grants", [])


def test_parts_that_were_changed_or_are_missing_are_refused(site: ASite) -> None:
    apply = bring(site, [Step(GroupAdd("staff"))])

    assert site.ask(msgspec.structs.replace(apply, sha256="5e" * 32)).reason == "bad-plan"
    assert site.ask(msgspec.structs.replace(apply, parts=2)).reason == "unknown-plan"
    assert site.ask(msgspec.structs.replace(apply, plan="00" * 16)).reason == "unknown-plan"


def test_parts_of_another_admin_are_not_taken_for_ones_own(site: ASite) -> None:
    apply = bring(site, [Step(GroupAdd("staff"))])

    assert site.ask(apply, admin=site.alan).reason == "unknown-plan"


def test_what_is_no_plan_is_refused(site: ASite) -> None:
    answer = carry_out(site, [Step(Lockdown())])

    assert (answer.reason, answer.text) == ("bad-plan", "a plan cannot hold lockdown")


def test_parts_wait_an_hour(site: ASite) -> None:
    apply = bring(site, [Step(GroupAdd("staff"))])
    site.ask(PlanPart("00" * 16, 0), Private("5" * 32, blob=b"x"), at=later(3601))

    assert site.ask(apply, at=later(3602)).reason == "unknown-plan"


def test_the_hub_tells_the_credential_keys_of_cards(site: ASite) -> None:
    found = site.ask_for(CredentialKeys(), CardKeyList, Private("5" * 32, cards=(ADAS_CARD,)))

    assert found.keys == (CARD_KEYS.credential_key(ADAS_CARD),)


def test_a_whole_list_comes_in_pages_that_fit(site: ASite) -> None:
    for number in range(3):
        site.ask(PersonAdd(f"h{number}"), a_private(handle=f"p{number}"))

    page = site.ask_for(SitePage("people"), PackedPage)

    assert [row["handle"] for row in rows_of(page)] == ["p0", "p1", "p2"]
    assert page.after is None
    assert site.ask(SitePage("colours")).reason == "unknown-list"
    rest = site.ask_for(SitePage("people", "h1"), PackedPage)
    assert [row["handle"] for row in rows_of(rest)] == ["p2"]


def test_revoking_one_of_two_terms_keeps_the_other(site: ASite) -> None:
    zones = {"floor-3": ZoneState(ZoneKind.FLOOR)}
    staff = Subject(GROUP, "staff")
    two = frozenset({Terms(valid_until=1_900_000_000), Terms()})
    go_to(site, SiteState({}, frozenset({"staff"}), zones, {}, {}, frozenset(), {(staff, "floor-3"): two}))

    one = SiteState(
        {}, frozenset({"staff"}), zones, {}, {}, frozenset(), {(staff, "floor-3"): frozenset({Terms()})}, {}, {}
    )
    go_to(site, one)

    assert present(site) == one


def test_plan_after_plan_is_refused_until_an_hour_is_over(site: ASite) -> None:
    for number in range(PLANS_PER_HOUR):
        assert carry_out(site, [Step(GroupAdd(f"group-{number}"))]).verdict == "accepted"

    assert carry_out(site, [Step(GroupAdd("one-more"))]).reason == "too-many-plans"


def test_a_plan_of_too_many_steps_is_no_plan() -> None:
    with pytest.raises(Refused, match="bad-plan"):
        unpacked(packed([Step(GroupAdd("staff"))] * (MAX_STEPS + 1)))


def test_a_file_from_before_a_rotation_locks_nobody_out(site: ASite) -> None:
    go_to(site, SiteState({"ada": a_person()}, frozenset(), {}, {}, {}, frozenset(), {}))
    before = present(site)
    site.ask(CardKeysRotate())
    after = present(site)

    with pytest.raises(SiteFileError, match="rotated"):
        check_keys(before, after, ring=1, numbered=(), mistakes=Mistakes("site.yaml"))
    check_keys(after, after, ring=None, numbered=(), mistakes=Mistakes("site.yaml"))
    check_keys(EMPTY, before, ring=None, numbered=(), mistakes=Mistakes("site.yaml"))
    check_keys(before, after, ring=after.ring, numbered=(), mistakes=Mistakes("site.yaml"))


def test_a_rule_of_retention_is_no_step_of_a_plan(site: ASite) -> None:
    answer = carry_out(site, [Step(RetentionSet("*", leaf_days=1))])

    assert (answer.reason, answer.text) == ("bad-plan", "a plan cannot hold retention-set")
