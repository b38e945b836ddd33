"""The coded answers (*detección*), sealed in the box ``screening``.

All but one are optional here. ``cross_field_rules`` checks which of them a kind of case needs, so that those faults
are reported together with faults of form.
"""

from typing import Annotated

from pydantic import Field

from events import answers
from services.intake.submissions.document.code_lists import Several
from services.intake.submissions.document.field_types import DayOrUnknown, OpaqueCode, ShortText, SubmissionPart
from services.intake.submissions.document.places import CountryOfOrigin, Language, Place

MAX_PREGNANCY_WEEKS = 45
MAX_HARM_EVENTS = 40


class HarmEvent(SubmissionPart):
    """One harmful event, as far as the person volunteers it. Two identical entries are two events."""

    kind: answers.HarmKind
    when: answers.HarmTime
    where: Place | None = None
    perpetrator: answers.Perpetrator | None = None


class Pregnancy(SubmissionPart):
    """Devices send weeks and danger signs with any answer to ``pregnant``, so neither depends on it."""

    pregnant: answers.Pregnant
    weeks: Annotated[int, Field(ge=0, le=MAX_PREGNANCY_WEEKS)] | None = None
    danger_signs: bool | None = None


class Screening(SubmissionPart):
    """The answers. Every question may be refused; an absent field was not asked."""

    private: answers.YesNo | None = None
    danger_now: answers.Answer
    medical_now: answers.Answer | None = None

    age_band: answers.AgeBand | None = None
    age_certainty: answers.AgeCertainty | None = None
    could_be_under_18: answers.YesNoUnsure | None = None
    accompaniment: answers.Accompaniment | None = None
    travelling: answers.Travelling | None = None
    sex: answers.Sex | None = None
    gender_self: ShortText | None = None
    """In the person's own words."""
    country_origin: CountryOfOrigin | None = None
    language: Language | None = None
    interpreter_needed: bool | None = None

    fear_of_return: answers.Answer | None = None
    removal_risk: answers.Answer | None = None
    protection_status: answers.ProtectionStatus | None = None
    stateless: answers.Answer | None = None
    entry_date: DayOrUnknown | None = None

    harm_events: Annotated[tuple[HarmEvent, ...], Field(max_length=MAX_HARM_EVENTS)] | None = None
    trafficking_indicators: Several[answers.TraffickingIndicator] | None = None
    perpetrator_nearby: answers.YesNoUnsure | None = None
    smuggling_indicators: Several[answers.SmugglingIndicator] | None = None
    work_abuse: Several[answers.WorkAbuse] | None = None

    pregnancy: Pregnancy | None = None
    disability: Several[answers.Functioning] | None = None
    lacks_aid_or_medicine: bool | None = None
    distress: answers.Distress | None = None
    self_declared: Several[answers.SelfDeclared] | None = None

    missing_relative: answers.YesNo | None = None
    wants_return: answers.YesNoUnsure | None = None
    planned_departure: answers.Departure | None = None
    safe_contact: answers.SafeContact | None = None
    needs: Several[answers.Need] | None = None
    family_group: OpaqueCode | None = None
