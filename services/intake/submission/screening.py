"""The coded answers (*detección*), sealed in the box ``screening``.

All but one are optional here: which of them a kind of case must carry, and how they bear on each other, is
in ``coherence``, so that such faults are told together with those of form.
"""

from typing import Annotated

from pydantic import Field

from events import answers

from .codes import Several
from .places import CountryOfOrigin, Language, Place
from .values import DayOrUnknown, OpaqueCode, Sealed, ShortText

LONGEST_PREGNANCY = 45
MOST_HARM_EVENTS = 40


class HarmEvent(Sealed):
    """What the person volunteers of one event. Two robberies alike are two events."""

    kind: answers.HarmKind
    when: answers.HarmTime
    where: Place | None = None
    perpetrator: answers.Perpetrator | None = None


class Pregnancy(Sealed):
    """Devices send weeks and danger signs with any of the answers, so neither depends on ``pregnant``."""

    pregnant: answers.Pregnant
    weeks: Annotated[int, Field(ge=0, le=LONGEST_PREGNANCY)] | None = None
    danger_signs: bool | None = None


class Screening(Sealed):
    """Every question may be refused; what is absent was not asked."""

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
    """Only what the person says of themselves."""
    country_origin: CountryOfOrigin | None = None
    language: Language | None = None
    interpreter_needed: bool | None = None

    fear_of_return: answers.Answer | None = None
    removal_risk: answers.Answer | None = None
    protection_status: answers.ProtectionStatus | None = None
    stateless: answers.Answer | None = None
    entry_date: DayOrUnknown | None = None

    harm_events: Annotated[tuple[HarmEvent, ...], Field(max_length=MOST_HARM_EVENTS)] | None = None
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
