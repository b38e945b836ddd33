"""Whatever a person says, no event, header, list, alert, history or refusal carries it; a desk hears its part only."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.intake import CaseOpened
from events.referral import ReferralProposed, ReferralRequested
from events.vocabulary import Agency, SendingBasis
from services.chassis.web.problems import problem
from services.intake.submissions.commands import SubmissionRefusedError
from services.intake.submissions.document import InvalidSubmission
from services.referral.routing import domain as routing
from services.referral.routing.policy import load_rules
from tests.support.builders.canaries import PERSON, SAID, leaks
from tests.support.builders.rule_sets import places, planted
from tests.support.builders.submissions import submissions
from tests.support.models.pure_pipeline import Told, in_the_open, read, through
from tests.support.properties import searching

Json = dict[str, Any]
RULES = load_rules()
CODED = {"language": "kek-Latn-GT", "country_origin": "stateless"}
CANARIES = {**PERSON, **SAID}
ALWAYS = {"age_band", "sex", "language", "interpreter_needed", "shelter", "planned_departure", "safe_contact"}
VITAL = {"danger_now", "perpetrator_nearby", "medical_now"}
TELLING = submissions(person=st.just(PERSON), said={**SAID, **CODED})
EXAMPLES = 80


def nothing_leaks(told: Told) -> None:
    """What the tests below ask of everything that leaves a service."""
    assert leaks(in_the_open(told), CANARIES | {"language": CODED["language"]}) == []


def desks_hear_no_more_than_their_part(made: Json, told: Told) -> None:
    """Of every referral that was sent: what is always told and what its own rules asked, within what was consented."""
    asked_by = {rule["code"]: set(_fields(rule)) for rule in RULES.data["rules"]}
    for fact in told.of(ReferralRequested):
        (proposed,) = (one for one in told.of(ReferralProposed) if one.stream == fact.stream)
        grounds = told.opened(proposed, "grounds")
        assert set(grounds) == set(proposed.event.categories)
        heard = told.opened(fact, "disclosure")
        own = {name for category in grounds for name in asked_by[category]}
        assert set(heard) <= ALWAYS | own
        fired = [one["inputs"] for one in grounds.values()]
        for name in set(heard) - ALWAYS:
            _is_what_decided(heard[name], [one[name] for one in fired if name in one])
        for name in set(heard) & ALWAYS:
            assert heard[name] == (made["shelter"] if name == "shelter" else made["screening"][name])
        _is_within_the_basis(made, fact.event, heard)


def _is_what_decided(heard: Any, inputs: list[Any]) -> None:
    assert inputs, "an answer that made none of its rules fire"
    if isinstance(heard, list):
        assert all(any(_part_of(one, other) for given in inputs for other in given) for one in heard)
    else:
        assert heard in inputs


def _part_of(one: Any, whole: Any) -> bool:
    if isinstance(one, dict):
        return set(one) <= {"kind", "when"} and one.items() <= whole.items()
    return bool(one == whole)


def _is_within_the_basis(made: Json, event: ReferralRequested, heard: Json) -> None:
    if event.agency is Agency.PEAS and made.get("kind", "person") == "person":
        assert set(heard) <= {"shelter", "harm_events"}
        assert all(set(one) == {"kind"} for one in heard.get("harm_events", ()))
    elif event.basis is SendingBasis.VITAL_INTEREST:
        assert set(heard) <= ALWAYS | VITAL
    elif event.basis is SendingBasis.CONSENT:
        (receipt,) = (one for one in made["consent"] if one["recipient"] == event.agency)
        assert receipt["decision"] == "granted"
        assert "all" in receipt["fields"] or set(heard) <= set(receipt["fields"])


def _fields(part: Any) -> Iterator[str]:
    """Every answer that a rule asks about, directly, by a fact or for a child."""
    if isinstance(part, dict):
        for name in ("field", "some", "working_days_since"):
            if isinstance(part.get(name), str):
                yield part[name]
        if isinstance(part.get("fact"), str):
            yield from _fields(RULES.data["facts"][part["fact"]])
        if "lead" in part:
            yield from _fields(RULES.data["child_rule"]["when"])
        for each in part.values():
            yield from _fields(each)
    elif isinstance(part, list):
        for each in part:
            yield from _fields(each)


@searching(examples=EXAMPLES, steps=1)
@given(made=TELLING)
def test_what_a_person_says_leaves_no_service_in_clear(made: Json) -> None:
    if made.get("kind", "person") == "person":
        nothing_leaks(through(read(made), RULES))


@searching(examples=EXAMPLES, steps=1)
@given(made=submissions())
def test_a_desk_hears_its_part_and_nothing_else(made: Json) -> None:
    desks_hear_no_more_than_their_part(made, through(read(made), RULES))


@searching(examples=EXAMPLES, steps=1)
@given(made=submissions(), person=st.just(PERSON))
def test_who_the_person_is_changes_nothing_that_can_be_seen(made: Json, person: Json) -> None:
    """Two people of whom all else is the same are the same to whoever has no key, whatever is looked at."""
    if made.get("kind", "person") != "person":
        return
    other = {**made, "person": person, "screening": {**made["screening"], "gender_self": "otra", "family_group": "g-9"}}
    assert _without_what_is_keyed(through(read(made), RULES)) == _without_what_is_keyed(through(read(other), RULES))


def _without_what_is_keyed(told: Told) -> list[str]:
    """What everybody can see. That there is an identity box at all tells that something was said, not what."""
    seen = []
    for fact in told.facts:
        data = json.loads(fact.event.model_dump_json())
        for name in ("fingerprint", "identity", "screening", "grounds", "disclosure"):
            data.pop(name, None)
        seen.append(json.dumps([fact.event.NAME, str(fact.stream), fact.actor, data], sort_keys=True))
    return seen


@searching(examples=EXAMPLES, steps=1)
@given(made=submissions(), data=st.data(), canary=st.sampled_from(sorted(PERSON.values())))
def test_a_refusal_repeats_nothing_wherever_it_was_said(made: Json, data: st.DataObject, canary: str) -> None:
    place = data.draw(st.sampled_from(places(made)))
    what = data.draw(st.sampled_from([canary, [canary], {canary: canary}, f"{canary}\x00"]))
    try:
        read(planted(made, place, what))
    except InvalidSubmission as invalid:
        faults = [{"field": f.field, "code": f.code, "es": f.es, "en": f.en} for f in invalid.faults]
        answer = problem(SubmissionRefusedError(faults=faults))
        shown = {"problem": bytes(answer.body), "text": f"{invalid!r} {invalid}".encode()}
        assert leaks(shown, PERSON) == []


class TestTheHarnessWouldNotice:
    """A leak of each kind is planted, and what looks for it finds it."""

    @pytest.fixture
    def made(self) -> Json:
        return {
            "submission_id": "0d9f2f5e-6a52-4f0e-9a3e-5f8f0c7d1b11", "shelter": "ALB-IXT-01", "worker": "w-009",
            "occurred_at": "2013-06-12T15:32:00-05:00", "person": PERSON,
            "screening": {
                "danger_now": "no", "medical_now": "no", "age_band": "25-59", "age_certainty": "stated", "sex": "F",
                "travelling": "alone", "fear_of_return": "yes", "planned_departure": "24h", "safe_contact": "none",
                "interpreter_needed": False, "missing_relative": "yes", "needs": ["legal"], **SAID, **CODED,
            },
            "consent": [
                {
                    "recipient": "ACNUR", "decision": "granted", "purpose": "protection", "given_by": "self",
                    "fields": ["age_band", "fear_of_return"], "how": "signed", "wording_version": "es-1",
                }
            ],
        }  # fmt: skip

    def test_it_finds_nothing_where_nothing_was_planted(self, made: Json) -> None:
        told = through(read(made), RULES)
        nothing_leaks(told)
        desks_hear_no_more_than_their_part(made, told)
        assert [one.event.agency for one in told.of(ReferralRequested)] == ["ACNUR"]

    @pytest.mark.parametrize("canary", sorted(CANARIES))
    def test_a_word_of_the_person_in_a_clear_field(self, made: Json, canary: str) -> None:
        told = through(read(made), RULES)
        (opened,) = told.of(CaseOpened)
        object.__setattr__(opened, "event", opened.event.model_copy(update={"worker": CANARIES[canary]}))
        with pytest.raises(AssertionError):
            nothing_leaks(told)

    def test_a_desk_that_hears_what_another_was_told(self, made: Json, monkeypatch: pytest.MonkeyPatch) -> None:
        honest = routing._always
        monkeypatch.setattr(routing, "_always", lambda told, said: {**honest(told, said), "missing_relative": "yes"})
        made["consent"][0]["fields"] = ["all"]
        with pytest.raises(AssertionError):
            desks_hear_no_more_than_their_part(made, through(read(made), RULES))

    def test_a_receipt_that_narrows_nothing(self, made: Json, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("services.referral.consent.domain.narrow", lambda disclosed, _fields: dict(disclosed))
        with pytest.raises(AssertionError):
            desks_hear_no_more_than_their_part(made, through(read(made), RULES))

    def test_a_receipts_fields_that_are_taken_for_all(self, made: Json) -> None:
        told = through(read(made), RULES)
        made["consent"][0]["fields"] = ["age_band"]
        with pytest.raises(AssertionError):
            desks_hear_no_more_than_their_part(made, told)

    def test_somebody_whose_name_can_be_seen_in_the_worker(self, made: Json) -> None:
        one, other = through(read(made), RULES), through(read({**made, "worker": "w-010"}), RULES)
        assert _without_what_is_keyed(one) != _without_what_is_keyed(other)
