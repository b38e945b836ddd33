"""What holds for every possible case, not only for those we thought of."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import (
    Agency,
    CaseKind,
    ConsentDecision,
    ConsentGiver,
    RestrictedRecipient,
    SendingBasis,
)
from services.referral.consent.domain import Allowed, basis, narrow
from services.referral.consent.receipts import Receipt
from services.referral.routing.domain import Assessment, assess
from services.referral.routing.fields import CODES, ELEMENTS, LISTS
from services.referral.routing.policy import load_rules

RULES = load_rules()
TODAY, NOON = date(2013, 6, 12), datetime(2013, 6, 12, 17, tzinfo=UTC)
NATIONALITIES = ("GTM", "HND", "SLV", "NIC", "CUB", "HTI", "VEN", "USA", "unknown")
NEVER_TOLD = {"country_origin", "name", "phone", "document", "notes", "birth_date", "gender_self", "worker"}


def _optional(values: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


_single = {field: st.sampled_from(codes) for field, codes in CODES.items() if "." not in field}
_several = {field: st.lists(st.sampled_from(codes), unique=True, max_size=3) for field, codes in LISTS.items()}
_event = st.fixed_dictionaries(
    {part: st.sampled_from(codes) for part, codes in ELEMENTS["harm_events"].items()}
    | {"where": st.sampled_from(["MX-CHP", "GT"])}
)
SCREENINGS = _optional(
    _single
    | _several
    | {
        "harm_events": st.lists(_event, max_size=3),
        "country_origin": st.sampled_from((*NATIONALITIES, "stateless")),
        "pregnancy": _optional(
            {"pregnant": st.sampled_from(CODES["pregnancy.pregnant"]), "danger_signs": st.booleans()}
        ),
        "entry_date": st.one_of(st.just("unknown"), st.dates(date(2012, 1, 1), date(2014, 1, 1)).map(str)),
        "gender_self": st.just("CANARIO"),
    }
)
SUBMISSIONS = st.builds(
    lambda screening, kind, withheld, interests: {
        "kind": kind,
        "shelter": "ALB-TAP-01",
        "worker": "CANARIO",
        "person": {"name": "CANARIO", "notes": "CANARIO"},
        "screening": screening,
        "withhold_from": withheld,
        "best_interests": interests,
    },
    SCREENINGS,
    st.sampled_from([*[CaseKind.PERSON] * 8, CaseKind.COMMUNITY_INCIDENT, CaseKind.SHELTER_THREAT]),
    st.lists(st.sampled_from([*Agency, *RestrictedRecipient]), max_size=2),
    st.one_of(st.none(), st.fixed_dictionaries({"assent": st.sampled_from(["yes", "no", "not_applicable"])})),
)
RECEIPTS = st.lists(
    st.builds(
        Receipt,
        recipient=st.sampled_from(list(Agency)),
        decision=st.sampled_from(list(ConsentDecision)),
        given_by=st.sampled_from(list(ConsentGiver)),
        fields=st.lists(st.sampled_from(["all", "age_band", "needs", "name"]), max_size=2).map(tuple),
        expires_at=st.sampled_from([None, NOON, datetime(2014, 1, 1, tzinfo=UTC)]),
        withdrawn_at=st.sampled_from([None, NOON]),
    ),
    max_size=6,
)


def _assess(made: dict[str, Any]) -> Assessment:
    return assess(made, RULES, TODAY)


@given(SUBMISSIONS)
def test_no_answer_reaches_a_restricted_recipient(made: dict[str, Any]) -> None:
    for one in _assess(made).proposals:
        assert isinstance(one.agency, Agency)
        assert one.agency.value not in {restricted.value for restricted in RestrictedRecipient}


@given(SUBMISSIONS)
def test_there_is_one_referral_per_agency_in_the_order_of_their_codes(made: dict[str, Any]) -> None:
    result = _assess(made)
    agencies = [one.agency for one in result.proposals]
    assert agencies == sorted(set(agencies))
    assert list(result.categories) == sorted(set(result.categories))


@given(SUBMISSIONS)
def test_a_referral_is_as_urgent_as_the_most_urgent_of_its_categories(made: dict[str, Any]) -> None:
    result = _assess(made)
    for one in result.proposals:
        assert one.urgency == min(ground.urgency for ground in one.grounds)
        assert one.categories == tuple(sorted(ground.rule for ground in one.grounds))
        assert {result.urgency_of(ground.rule) for ground in one.grounds} == {ground.urgency for ground in one.grounds}


@given(SUBMISSIONS)
def test_every_category_leads_somewhere_and_the_lead_is_among_those_notified(made: dict[str, Any]) -> None:
    result = _assess(made)
    assert {code for one in result.proposals for code in one.categories} == set(result.categories)
    assert result.lead is None or result.lead in {one.agency for one in result.proposals}
    assert result.lead is not Agency.PEAS


@given(SUBMISSIONS, st.sampled_from(NATIONALITIES), st.sampled_from(NATIONALITIES))
def test_a_nationality_changes_nothing(made: dict[str, Any], one: str, other: str) -> None:
    results = [
        _assess({**made, "screening": {**made["screening"], "country_origin": origin}}) for origin in (one, other)
    ]
    assert results[0] == results[1]


@given(SUBMISSIONS)
def test_only_coded_answers_are_ever_disclosed_and_never_a_nationality(made: dict[str, Any]) -> None:
    for one in _assess(made).proposals:
        told = {
            **one.disclosed,
            **{name: value for ground in one.grounds for name, value in ground.evidence.items()},
        }
        assert told.pop("country_origin", "stateless") == "stateless"
        assert not NEVER_TOLD & set(told)
        assert "CANARIO" not in str(one)
        assert all(set(event) <= {"kind", "when"} for event in told.get("harm_events", ()))


@given(SUBMISSIONS)
def test_the_report_on_staff_says_nothing_of_the_person(made: dict[str, Any]) -> None:
    for one in _assess(made).proposals:
        if one.agency is Agency.PEAS:
            assert set(one.disclosed) == {"shelter", "harm_events"}
            assert all(set(event) == {"kind"} for event in one.disclosed["harm_events"])


@given(SUBMISSIONS)
def test_danger_makes_no_referral_less_urgent_and_takes_none_away(made: dict[str, Any]) -> None:
    """GENERAL alone gives way, because then there is something else."""
    calm = _assess({**made, "screening": {**made["screening"], "danger_now": "no"}})
    in_danger = _assess({**made, "screening": {**made["screening"], "danger_now": "yes"}})
    now = {one.agency: one.urgency for one in in_danger.proposals}
    assert all(now[one.agency] <= one.urgency for one in calm.proposals)
    assert set(calm.categories) - {"GENERAL"} <= set(in_danger.categories)


@given(SUBMISSIONS)
def test_the_same_case_is_always_routed_the_same(made: dict[str, Any]) -> None:
    assert _assess(made) == _assess(made)


@given(SUBMISSIONS, RECEIPTS)
def test_nobody_the_person_excluded_is_notified_but_by_a_report_that_discloses_nothing_of_them(
    made: dict[str, Any], receipts: list[Receipt]
) -> None:
    result = _assess(made)
    for one in result.proposals:
        verdict = basis(one, result, made, receipts, NOON)
        if one.agency in made["withhold_from"] and isinstance(verdict, Allowed):
            assert verdict.basis in {SendingBasis.NOT_PERSONAL, SendingBasis.MANDATORY_REPORT}


@given(SUBMISSIONS, RECEIPTS)
def test_consent_is_a_receipt_that_was_granted_and_still_counts(made: dict[str, Any], receipts: list[Receipt]) -> None:
    result = _assess(made)
    for one in result.proposals:
        verdict = basis(one, result, made, receipts, NOON)
        if isinstance(verdict, Allowed) and verdict.basis is SendingBasis.CONSENT:
            assert verdict.receipt_index is not None
            used = receipts[verdict.receipt_index]
            assert (used.recipient, used.decision) == (one.agency, ConsentDecision.GRANTED)
            assert not used.expired(NOON)
            assert not used.withdrawn(NOON)


@given(SUBMISSIONS, st.lists(st.text(), max_size=3))
def test_fields_only_narrow(made: dict[str, Any], fields: list[str]) -> None:
    for one in _assess(made).proposals:
        for told in (narrow(one.disclosed, fields), narrow(one.disclosed, [*fields, "all"])):
            assert told.items() <= one.disclosed.items() or told == one.disclosed
