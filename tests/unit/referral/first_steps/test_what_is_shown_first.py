"""First steps and the bodies with the legal duty, as the rules and the directory say (domain.md §5)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import FirstStep, RestrictedRecipient, RiskCategory
from services.directory.bodies import LegalBodies, legal_bodies
from services.directory.loading import load_directory
from services.directory.model import Directory
from services.referral.bodies.ports import NoBodies
from services.referral.first_steps.domain import ShownFirst, shown_first
from services.referral.routing.domain import assess

F = FirstStep
SHELTER = "ALB-TAP-01"
FIRST = (F.HOSPITAL, F.EMERGENCY_NUMBER)
Shown = Callable[..., ShownFirst]


@pytest.fixture
def shown(assessed: Any) -> Shown:
    def look(given: Any = None, bodies: Any = None, **more: Any) -> ShownFirst:
        return shown_first(assessed(given, **more), SHELTER, legal_bodies() if bodies is None else bodies)

    return look


@pytest.mark.parametrize("answers", [{"medical_now": "yes"}, {"medical_now": "unsure"}, {"distress": "plan"}])
def test_a_medical_emergency_and_a_plan_of_suicide_show_the_hospital_and_the_emergency_number(
    shown: Shown, answers: Any
) -> None:
    assert set(shown(answers).steps) == set(FIRST)


def test_acute_distress_without_a_plan_shows_neither(shown: Shown) -> None:
    assert shown({"distress": "acute"}).steps == ()
    assert shown({"distress": "ideation"}).steps == ()


@pytest.mark.parametrize("when", ["ongoing", "72h", "120h", "30d", "older"])
def test_after_violence_what_differs_with_time_is_shown_whatever_the_time_was(shown: Shown, when: str) -> None:
    found = shown(harm=(f"sexual_violence {when}",))
    assert set(found.steps) == {*FIRST, F.CARE_DIFFERS_AT_72_AND_120_HOURS}
    assert found == shown(harm=("sexual_violence older",)), "no time can be told from what is shown"


@pytest.mark.parametrize(
    "feared",
    [
        {"given": {"medical_now": "yes", "removal_risk": "yes"}},
        {"given": {"medical_now": "yes"}, "harm": ("robbery older authority",)},
    ],
)
def test_where_an_authority_is_the_one_to_fear_no_number_and_no_prosecutor_is_shown_by_default(
    shown: Shown, feared: Any
) -> None:
    found = shown(**feared)
    assert F.EMERGENCY_NUMBER not in found.steps
    assert {F.HOSPITAL, F.IF_WANTED_EMERGENCY_NUMBER} <= set(found.steps)
    assert not {"FGR", "FEVIMTRA"} & set(found.bodies)
    assert (F.IF_WANTED_PROSECUTOR in found.steps) is ("harm" in feared), "where one would have had the duty"


def test_otherwise_a_crime_shows_the_prosecutors_office_with_the_duty(shown: Shown) -> None:
    found = shown(harm=("robbery older common_criminal",))
    assert found.steps == ()
    assert found.bodies == ("FGR", "CEAV")


def test_a_report_about_staff_adds_nothing(shown: Shown) -> None:
    directory = load_directory()
    everybody = {
        code: body.model_copy(update={"categories": tuple(RiskCategory)})
        for code, body in directory.counterparts.items()
    }
    every_category = LegalBodies(directory.model_copy(update={"counterparts": everybody}))
    assert shown(bodies=every_category, harm=("unlisted older shelter_or_aid_worker",)) == ShownFirst((), ())


def test_a_case_of_which_nothing_fired_shows_nothing(shown: Shown) -> None:
    assert shown() == ShownFirst((), ())


def test_the_steps_stand_in_the_order_of_their_list(shown: Shown) -> None:
    found = shown({"medical_now": "yes"}, harm=("sexual_violence older authority",))
    assert list(found.steps) == sorted(found.steps, key=list(FirstStep).index)


def test_without_a_directory_the_steps_are_shown_all_the_same(shown: Shown) -> None:
    assert shown({"medical_now": "yes"}, bodies=NoBodies()) == ShownFirst(tuple(one for one in F if one in FIRST), ())


def with_an_office(state: str) -> LegalBodies:
    """The directory with an office of the Procuraduría in one state."""
    directory: Directory = load_directory()
    office = directory.counterparts["PPNNA"].model_copy(update={"states": (state,), "telephone": "961 000 0000"})
    return LegalBodies(
        directory.model_copy(update={"counterparts": {**directory.counterparts, f"PPNNA-{state[3:]}": office}})
    )


def test_the_office_of_the_shelters_state_has_the_duty_there_and_not_elsewhere(shown: Shown) -> None:
    child = {"age_band": "12-14", "accompaniment": "alone"}
    assert "PPNNA-CHP" in shown(child, bodies=with_an_office("MX-CHP")).bodies
    assert "PPNNA-OAX" not in shown(child, bodies=with_an_office("MX-OAX")).bodies
    assert with_an_office("MX-CHP").in_state_of("PPNNA", SHELTER) == "PPNNA-CHP"
    assert with_an_office("MX-OAX").in_state_of("PPNNA", SHELTER) == "PPNNA"
    assert with_an_office("MX-OAX").in_state_of("NOBODY", SHELTER) is None
    (office,) = with_an_office("MX-CHP").shown(["PPNNA-CHP"])
    assert office.telephone == "961 000 0000"


@given(
    removal=st.sampled_from(["yes", "no", "unsure", "refused"]),
    perpetrator=st.sampled_from(["authority", "family", "unknown"]),
    distress=st.sampled_from(["none", "plan"]),
    kind=st.sampled_from(["robbery", "sexual_violence", "kidnapping", "gender_violence"]),
)
def test_nobody_to_fear_is_ever_shown_unasked(
    rules: Any, removal: str, perpetrator: str, distress: str, kind: str
) -> None:
    made = {
        "kind": "person",
        "shelter": SHELTER,
        "occurred_at": "2013-06-12T12:00:00-05:00",
        "screening": {
            "age_band": "25-59",
            "removal_risk": removal,
            "distress": distress,
            "harm_events": [{"kind": kind, "when": "72h", "perpetrator": perpetrator}],
        },
    }
    found = shown_first(assess(made, rules, date(2013, 6, 12)), SHELTER, legal_bodies())
    feared = removal == "yes" or perpetrator == "authority"
    assert not set(found.bodies) & set(RestrictedRecipient)
    if feared:
        assert F.EMERGENCY_NUMBER not in found.steps
        assert not {"FGR", "FEVIMTRA"} & set(found.bodies)
    else:
        assert not {F.IF_WANTED_EMERGENCY_NUMBER, F.IF_WANTED_PROSECUTOR} & set(found.steps)
