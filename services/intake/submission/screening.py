"""The coded answers (*detección*), sealed in the box ``screening``.

All but one are optional here: which of them a kind of case must carry, and how they bear on each other, is
in ``coherence``, so that such faults are told together with those of form.
"""

from typing import Annotated

from pydantic import Field

from . import codes
from .places import CountryOfOrigin, Language, Place
from .values import DayOrUnknown, OpaqueCode, Sealed, ShortText

LONGEST_PREGNANCY = 45
MOST_HARM_EVENTS = 40


class HarmEvent(Sealed):
    """What the person volunteers of one event. Two robberies alike are two events."""

    kind: codes.HarmKind
    when: codes.HarmTime
    where: Place | None = None
    perpetrator: codes.Perpetrator | None = None


class Pregnancy(Sealed):
    """Devices send weeks and danger signs with any of the answers, so neither depends on ``pregnant``."""

    pregnant: codes.Pregnant
    weeks: Annotated[int, Field(ge=0, le=LONGEST_PREGNANCY)] | None = None
    danger_signs: bool | None = None


class Screening(Sealed):
    """Every question may be refused; what is absent was not asked."""

    private: codes.YesNo | None = None
    danger_now: codes.Answer
    medical_now: codes.Answer | None = None

    age_band: codes.AgeBand | None = None
    age_certainty: codes.AgeCertainty | None = None
    could_be_under_18: codes.YesNoUnsure | None = None
    accompaniment: codes.Accompaniment | None = None
    travelling: codes.Travelling | None = None
    sex: codes.Sex | None = None
    gender_self: ShortText | None = None
    """Only what the person says of themselves."""
    country_origin: CountryOfOrigin | None = None
    language: Language | None = None
    interpreter_needed: bool | None = None

    fear_of_return: codes.Answer | None = None
    removal_risk: codes.Answer | None = None
    protection_status: codes.ProtectionStatus | None = None
    stateless: codes.Answer | None = None
    entry_date: DayOrUnknown | None = None

    harm_events: Annotated[tuple[HarmEvent, ...], Field(max_length=MOST_HARM_EVENTS)] | None = None
    trafficking_indicators: codes.Several[codes.TraffickingIndicator] | None = None
    perpetrator_nearby: codes.YesNoUnsure | None = None
    smuggling_indicators: codes.Several[codes.SmugglingIndicator] | None = None
    work_abuse: codes.Several[codes.WorkAbuse] | None = None

    pregnancy: Pregnancy | None = None
    disability: codes.Several[codes.Functioning] | None = None
    lacks_aid_or_medicine: bool | None = None
    distress: codes.Distress | None = None
    self_declared: codes.Several[codes.SelfDeclared] | None = None

    missing_relative: codes.YesNo | None = None
    wants_return: codes.YesNoUnsure | None = None
    planned_departure: codes.Departure | None = None
    safe_contact: codes.SafeContact | None = None
    needs: codes.Several[codes.Need] | None = None
    family_group: OpaqueCode | None = None
