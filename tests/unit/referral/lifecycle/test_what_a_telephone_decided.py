"""What the rules on a telephone decided is compared with what the same rules decide here; a difference is recorded."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from events.intake import CaseOpened, DeviceDecision
from events.operations import DeviceDisagreed
from events.vocabulary import CaseKind
from services.chassis.moments import moment_of
from services.programme.policy_file import PolicyFile
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.lifecycle.device_decisions import decision_digest, decision_streams
from services.referral.routing.domain import assess
from services.referral.routing.policy import RuleSet, load_rules
from tests.support.builders.changing_case import CASE, NOON, SUBMISSION, Answers, ChangingCase
from tests.support.people.people import SHELTER, a_child_alone, an_adult

RULES = load_rules()
BY_STAFF = {"kind": "threats", "when": "72h", "perpetrator": "shelter_or_aid_worker"}


def decided_on(document: Answers, rules: RuleSet = RULES) -> DeviceDecision:
    """What a telephone with these rules makes of a document, on the day that its own clock says."""
    found = assess(document, rules, day_in_mexico(moment_of(document["occurred_at"])))
    return DeviceDecision(rule_set=rules.version, digest=decision_digest(SUBMISSION, found))


def told_of(document: Answers, decided: DeviceDecision | None) -> list[DeviceDisagreed]:
    """What is recorded when a case of this document arrives with that decision."""
    case = ChangingCase({name: document[name] for name in ("screening", "occurred_at", "shelter")}, at_once=False)
    opened = CaseOpened(
        submission=SUBMISSION,
        kind=CaseKind.PERSON,
        shelter=SHELTER,
        worker="w-001",
        subject=UUID(int=12),
        screening=case._sealed(CaseOpened, case.document),
        fingerprint="f",
        decided=decided,
    )
    case.happens(opened)
    case.streams |= {stream: [] for stream in decision_streams(case.facts)}
    case.reacts()
    recorded = [fact for history in case.streams.values() for fact in history]
    found = [fact for fact in recorded if isinstance(fact.event, DeviceDisagreed)]
    assert all((fact.case, fact.cause) == (CASE, case.opened) for fact in found)
    return [fact.event for fact in found if isinstance(fact.event, DeviceDisagreed)]


def of_a_changed_evaluator(urgency: str) -> RuleSet:
    """The rules as an evaluator with a fault reads them: it takes itself for one of the version in force."""
    data = {**RULES.data, "rules": [dict(rule) for rule in RULES.data["rules"]]}
    for rule in data["rules"]:
        if rule["code"] == "ASILO":
            rule |= {"urgency": urgency, "raises": []}
    changed = RuleSet.of(PolicyFile(path=Path("rules.yaml"), data=data, lines={}))
    return replace(changed, version=RULES.version)


def test_what_both_decided_alike_is_nobodys_concern() -> None:
    for document in (an_adult(), an_adult(medical_now="yes"), a_child_alone()):
        said = document | {"occurred_at": NOON.isoformat()}
        assert told_of(said, decided_on(said)) == []


def test_what_an_evaluator_with_a_fault_decided_is_recorded_by_ids_and_version_alone() -> None:
    document = an_adult() | {"occurred_at": NOON.isoformat()}
    assert told_of(document, decided_on(document, of_a_changed_evaluator("U2"))) == [], "the same, by chance"
    (told,) = told_of(document, decided_on(document, of_a_changed_evaluator("U3")))
    assert told.model_dump() == {
        "submission": SUBMISSION,
        "shelter": SHELTER,
        "device": None,
        "rule_set": RULES.version,
    }


def test_a_telephone_with_other_rules_decided_by_what_it_knew() -> None:
    document = an_adult() | {"occurred_at": NOON.isoformat()}
    of_before = DeviceDecision(rule_set="2013.1-0123456789ab", digest="0" * 64)
    assert told_of(document, of_before) == []
    assert told_of(document, None) == []


def test_a_clock_that_is_ahead_is_no_fault_of_the_rules() -> None:
    """The server counts from when it heard; the telephone counted from the day that its clock said."""
    entered = (NOON - timedelta(days=30)).date()
    ahead = an_adult(entry_date=str(entered)) | {"occurred_at": (NOON + timedelta(days=20)).isoformat()}
    assert decided_on(ahead) != decided_on(ahead | {"occurred_at": NOON.isoformat()})
    assert told_of(ahead, decided_on(ahead)) == []


def test_the_digest_tells_of_no_report_about_staff() -> None:
    document = an_adult(harm_events=[{"kind": "robbery", "when": "72h"}])
    reported = an_adult(harm_events=[{"kind": "robbery", "when": "72h"}, BY_STAFF])
    assert decided_on(document) == decided_on(reported)


def test_the_digest_is_that_of_the_guide() -> None:
    """``docs/guides/integrator.md``: what another form must come to, letter by letter."""
    submission = UUID("0d9f2f5e-6a52-4f0e-9a3e-5f8f0c7d1b11")
    found = replace(assess(a_child_alone(), RULES, day_in_mexico(NOON)), rule_set="2013.2-0123456789ab")
    said = (
        "0d9f2f5e-6a52-4f0e-9a3e-5f8f0c7d1b11\n2013.2-0123456789ab\n"
        "ACNUR:U2:ASILO\nOIM:U1:DELITO,NNA_NA\nUNICEF:U1:ASILO,DELITO,NNA_NA"
    )
    assert decision_digest(submission, found) == hashlib.sha256(said.encode()).hexdigest()
