"""Every submission that a shelter could send: valid, of any kind, with whatever the form takes in each field."""

from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

from hypothesis import strategies as st

from events import answers as asked
from events.vocabulary import Agency, ConsentPurpose, RestrictedRecipient
from services.intake.wordings import Use, wordings
from tests.support.builders.moments import written

Json = dict[str, Any]

VISIT = datetime(2013, 6, 12, 20, 32, tzinfo=UTC)
CHILD = ("0-5", "6-11", "12-14", "15-17")
ADULT = ("18-24", "25-59", "60+")
WORDINGS = tuple(wordings(Use.CONSENT))


def _one(codes: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(get_args(codes))


def _some(codes: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(_one(codes), max_size=3, unique=True)


_HARM = st.fixed_dictionaries(
    {"kind": _one(asked.HarmKind), "when": _one(asked.HarmTime)},
    optional={"where": st.sampled_from(["MX-CHP", "GT"]), "perpetrator": _one(asked.Perpetrator)},
)
_GRANT = st.fixed_dictionaries(
    {
        "decision": st.just("granted"),
        "fields": st.sampled_from([["all"], ["age_band"], ["age_band", "needs", "harm_events"]]),
        "how": st.sampled_from(["signed", "verbal_witnessed"]),
        "wording_version": st.sampled_from(WORDINGS),
    }
)
_CONSENTS = st.lists(
    st.builds(
        lambda recipient, purpose, giver, decision: {
            "recipient": recipient,
            "purpose": purpose,
            "given_by": giver,
            **decision,
        },
        st.sampled_from([agency.value for agency in Agency]),
        st.sampled_from([purpose.value for purpose in ConsentPurpose]),
        st.sampled_from(["self", "self", "self", "guardian"]),
        st.one_of(_GRANT, _GRANT, st.sampled_from([{"decision": "refused"}, {"decision": "cannot_decide"}])),
    ),
    max_size=4,
    unique_by=lambda receipt: receipt["recipient"],
)
_REQUIRED = {
    "danger_now": _one(asked.Answer),
    "medical_now": _one(asked.Answer),
    "age_certainty": _one(asked.AgeCertainty),
    "language": st.sampled_from(["es", "mam", "quc"]),
    "interpreter_needed": st.booleans(),
    "fear_of_return": _one(asked.Answer),
    "planned_departure": _one(asked.Departure),
    "safe_contact": _one(asked.SafeContact),
    "needs": _some(asked.Need),
}
_OPTIONAL = {
    "sex": _one(asked.Sex),
    "gender_self": st.text(st.characters(categories=["L"]), max_size=8),
    "country_origin": st.sampled_from(["HND", "GTM", "stateless", "unknown"]),
    "removal_risk": _one(asked.Answer),
    "protection_status": _one(asked.ProtectionStatus),
    "stateless": _one(asked.Answer),
    "entry_date": st.sampled_from(["2013-05-17", "2013-01-02", "unknown"]),
    "harm_events": st.lists(_HARM, max_size=3),
    "trafficking_indicators": _some(asked.TraffickingIndicator),
    "perpetrator_nearby": _one(asked.YesNoUnsure),
    "smuggling_indicators": _some(asked.SmugglingIndicator),
    "pregnancy": st.fixed_dictionaries({"pregnant": _one(asked.Pregnant)}, optional={"danger_signs": st.booleans()}),
    "disability": _some(asked.Functioning),
    "lacks_aid_or_medicine": st.booleans(),
    "distress": _one(asked.Distress),
    "self_declared": _some(asked.SelfDeclared),
    "work_abuse": _some(asked.WorkAbuse),
    "missing_relative": _one(asked.YesNo),
    "wants_return": _one(asked.YesNoUnsure),
    "family_group": st.sampled_from(["f-12", "f-13"]),
}
SCREENINGS: st.SearchStrategy[Json] = st.fixed_dictionaries(_REQUIRED, optional=_OPTIONAL)
PERSONS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(st.characters(categories=["L", "Zs"]), max_size=20),
        "birth_date": st.sampled_from(["1987", "1990-04", "2001-12-31"]),
        "document": st.text(st.characters(categories=["L", "Nd"]), max_size=12),
        "phone": st.text(st.characters(categories=["Nd"]), max_size=12),
        "notes": st.text(st.characters(categories=["L", "P", "Zs"]), max_size=60),
    },
)


@st.composite
def submissions(draw: st.DrawFn, *, person: st.SearchStrategy[Json] = PERSONS, said: Json | None = None) -> Json:
    """A person, child or adult, or one of the two incidents. ``said`` is added to the answers of a person."""
    head: Json = {
        "submission_id": str(UUID(int=draw(st.integers(1, 2**64)), version=4)),
        "shelter": draw(st.sampled_from(["ALB-IXT-01", "ALB-TAP-01"])),
        "worker": "w-009",
        "occurred_at": draw(written(VISIT)),
    }
    kind = draw(st.sampled_from([*["person"] * 8, "community_incident", "shelter_threat"]))
    if kind != "person":
        return {**head, "kind": kind, "screening": {"danger_now": draw(_one(asked.Answer))}}
    child = draw(st.booleans())
    band = draw(st.sampled_from(CHILD if child else ADULT))
    side = {"accompaniment": draw(_one(asked.Accompaniment))} if child else {"travelling": draw(_one(asked.Travelling))}
    document: Json = {
        **head,
        "person": draw(person),
        "screening": {**draw(SCREENINGS), "age_band": band, **side, **(said or {})},
        "consent": draw(_CONSENTS),
        "withhold_from": draw(st.lists(st.sampled_from([*Agency, *RestrictedRecipient]), max_size=2, unique=True)),
    }
    if child:
        interests = {"assent": draw(_one(asked.Assent)), "basis": draw(_one(asked.BestInterestsBasis))}
        document["best_interests"] = interests
    return document
