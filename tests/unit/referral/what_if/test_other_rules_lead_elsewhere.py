"""With one row of the rules changed, exactly those cases go elsewhere that somebody with a pencil finds."""

import copy
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from services.chassis.moments import moment_of
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.routing.policy import load_rules
from services.referral.what_if.policy import rules_from
from services.referral.what_if.tally import NO_CHANGE, Change
from tests.support.builders.changing_case import NOON, ChangingCase, granted
from tests.support.builders.drawn_cases import drawn_cases
from tests.support.builders.replayed_case import compared, flagged
from tests.support.models import reference_rules

Json = dict[str, Any]
CASES = 60


def rule(policy: Json, code: str) -> Json:
    return next(one for one in policy["rules"] if one["code"] == code)


def another_lead(policy: Json) -> None:
    rule(policy, "ASILO")["lead"] = "OIM"


def another_condition(policy: Json) -> None:
    rule(policy, "MAYOR")["when"] = {"field": "age_band", "in": ["60+", "25-59"]}


def another_urgency(policy: Json) -> None:
    rule(policy, "DELITO")["urgency"] = "U1"


def another_agency_too(policy: Json) -> None:
    rule(policy, "SSR")["also"] = [{"agency": "PNUD", "when": {"field": "danger_now", "in": ["yes", "no"]}}]


CHANGES = [another_lead, another_condition, another_urgency, another_agency_too]


@cache
def drawn() -> list[tuple[Json, ChangingCase]]:
    """Drawn once, and decided at the time by the program's own reactions."""
    return [(one, flagged(one, moment_of(one["occurred_at"]))) for one in drawn_cases(16, CASES, (2013, 2014))]


def reference(document: Json, policy: Json) -> tuple[set[str], dict[str, str]]:
    """The categories that fire, and the most urgent class at each agency."""
    answers, kind = document["screening"], document.get("kind", "person")
    on = day_in_mexico(moment_of(document["occurred_at"]))
    fired: set[str] = set()
    for one in sorted(policy["rules"], key=lambda one: one["code"] == "GENERAL"):
        case = {"on": on, "fired": fired, "facts": policy["facts"]}
        held_back = any(reference_rules.holds(reason["when"], answers, case) for reason in one.get("suppressed", []))
        if kind in one["kinds"] and reference_rules.holds(one["when"], answers, case) and not held_back:
            fired = fired | {one["code"]}
    case = {"on": on, "fired": fired, "facts": policy["facts"]}
    agencies: dict[str, str] = {}
    for one in policy["rules"]:
        if one["code"] in fired:
            urgency = reference_rules.ground(one, answers, case)[0]
            for agency in reference_rules.led_to(one, policy["child_rule"], answers, case):
                agencies[agency] = min(urgency, agencies.get(agency, urgency))
    return fired, agencies


def expected(document: Json, then: Json, other: Json) -> Mapping[str, Any]:
    before, after = reference(document, then), reference(document, other)
    urgency = [min(one[1].values(), default=None) for one in (before, after)]
    return {
        "agencies_gained": tuple(sorted(after[1].keys() - before[1].keys())),
        "agencies_lost": tuple(sorted(before[1].keys() - after[1].keys())),
        "categories_added": tuple(sorted(after[0] - before[0])),
        "categories_lost": tuple(sorted(before[0] - after[0])),
        "urgency_before": urgency[0] if urgency[0] != urgency[1] else None,
        "urgency_after": urgency[1] if urgency[0] != urgency[1] else None,
    }


@pytest.mark.parametrize("change", CHANGES)
def test_exactly_these_cases_go_elsewhere(change: Any) -> None:
    then = json.loads(json.dumps(load_rules().data))
    other = copy.deepcopy(then)
    change(other)
    rules = rules_from(json.dumps(other).encode())
    moved = 0
    for document, case in drawn():
        found = compared(case, rules=rules)
        assert (found.compared, found.not_reproduced) == (1, 0)
        said = next(iter(found.changes), NO_CHANGE)
        assert {name: one for name, one in said._asdict().items() if not name.startswith("sent")} == expected(
            document, then, other
        )
        assert list(found.named.values()) == list(found.changes), "a case that goes elsewhere is named, no other is"
        moved += bool(found.changes)
    assert 0 < moved < CASES, "the change is one that some cases feel and some do not"


def test_what_a_consent_no_longer_covers_waits_and_is_no_load() -> None:
    """The person consented to legal help: by the other rules that does not cover a fear of return."""
    other = json.loads(json.dumps(load_rules().data))
    other["purposes"]["covers"]["legal"].remove("ASILO")
    other["purposes"]["covers"]["health"].append("ASILO")
    case = ChangingCase.of(granted("ACNUR", purpose="legal"))
    found = compared(case, rules=rules_from(json.dumps(other).encode()))
    assert dict(found.changes) == {Change(sent_lost=("ACNUR",)): 1}  # type: ignore[arg-type]
    assert ([agency for agency, _ in found.before], dict(found.after)) == (["ACNUR"], {})


def test_a_case_that_was_amended_is_followed_to_its_end() -> None:
    """By the other rules the first answers led nowhere, and the corrected ones lead to UNODC as they did."""
    other = json.loads(json.dumps(load_rules().data))
    rule(other, "ASILO")["when"] = {"field": "removal_risk", "is": "yes"}
    case = ChangingCase.of(granted("ACNUR"), harm_events=[], needs=[])
    case.passes(days=1)
    case.amended(removal_risk="yes")
    found = compared(case, rules=rules_from(json.dumps(other).encode()))
    assert not found.changes, "in the end it goes to the same agency, as urgent"
    days = [{str(day) for _, day in load} for load in (found.before, found.after)]
    assert days == [{"2013-06-12"}, {"2013-06-13"}], "but a day later"
    assert case.facts[0].recorded_at == NOON
