"""Answers that a form decides by: the rules in force, and the directory of a shelter."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from events.vocabulary import Agency, ConsentPurpose, FirstStep, RiskCategory
from services.chassis.web.schemas import Answer

Language = Literal["es", "en"]
"""The languages in which every word is there."""


class Holidays(Answer):
    """The statutory holidays of these years; working days are Monday to Friday without them, in Mexico City."""

    first_year: int
    last_year: int
    days: list[date]


class FirstStepRules(Answer):
    """In which order first steps are shown, and what takes their place where an authority is feared."""

    order: list[FirstStep]
    not_for: Annotated[list[RiskCategory], Field(description="These add neither a step nor a body, and are not shown.")]
    if_wanted: Mapping[FirstStep, FirstStep]
    if_wanted_prosecutor: FirstStep


class RulesInForce(Answer):
    """The rules that a case is read by today, whole: nothing about them need be written into a form."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "format": 1,
                    "version": "2013.2-0123456789ab",
                    "policy": {
                        "version": "2013.2",
                        "facts": {"danger": {"field": "danger_now", "is": "yes"}},
                        "rules": [
                            {
                                "code": "MED",
                                "es": "urgencia médica",
                                "en": "medical emergency",
                                "kinds": ["person"],
                                "when": {"field": "medical_now", "in": ["yes", "unsure"]},
                                "lead": "OIM",
                                "urgency": "U1",
                            }
                        ],
                    },
                    "purposes": {"health": ["MED"], "legal": [], "protection": ["MED"], "return": []},
                    "holidays": {"first_year": 2013, "last_year": 2013, "days": ["2013-01-01"]},
                    "first_steps": {
                        "order": ["emergency_number", "hospital", "if_wanted_emergency_number"],
                        "not_for": ["PEAS"],
                        "if_wanted": {"emergency_number": "if_wanted_emergency_number"},
                        "if_wanted_prosecutor": "if_wanted_prosecutor",
                    },
                    "consent": {"givers": {"self": {"not": {"fact": "child"}}}},
                }
            ]
        }
    )

    format: Annotated[int, Field(description="Of this answer. A form that does not know the number decides nothing.")]
    version: Annotated[str, Field(description="The policy's own version and a hash of its content.")]
    policy: Annotated[
        dict[str, Any],
        Field(
            description="The policy file as JSON. Its head, `services/referral/policy/rules.yaml`, says how it is read."
        ),
    ]
    purposes: Annotated[
        Mapping[ConsentPurpose, list[RiskCategory]],
        Field(description="The categories that a consent covers, by purpose."),
    ]
    holidays: Holidays
    first_steps: FirstStepRules
    consent: Annotated[
        dict[str, Any],
        Field(
            description="Who may decide (`givers`), and what is sent without asking, as conditions of the same "
            "language (`docs/guides/integrator.md`)."
        ),
    ]


class PhoneOfADesk(Answer):
    """A duty desk that answers for the shelter's state."""

    agency: Agency
    name: str
    desk: str
    hours: str
    telephones: list[str]


class LegalBodyInWords(Answer):
    """A national body with a legal duty in the shelter's state. People contact it; no rule reaches it."""

    code: str
    name: str
    duty: str
    telephone: str | None
    address: str | None
    categories: list[RiskCategory]
    prosecutor: Annotated[
        bool, Field(description="Where an authority is feared it is shown only as something the person may want.")
    ]


class FirstStepInWords(Answer):
    """A first step in words, with the number to call if it is one."""

    code: FirstStep
    text: str
    number: str | None


class DirectoryOfAShelter(Answer):
    """Whom to call from a shelter: desks of the agencies, bodies with a legal duty, and the words of first steps."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "shelter": "ALB-TAP-01",
                    "language": "es",
                    "emergency": "911",
                    "desks": [
                        {
                            "agency": "OIM",
                            "name": "Organización Internacional para las Migraciones",
                            "desk": "OIM-24H",
                            "hours": "las 24 horas",
                            "telephones": ["+52 962 555 0101"],
                        }
                    ],
                    "bodies": [
                        {
                            "code": "DIF",
                            "name": "Sistema DIF",
                            "duty": "protege a niñas, niños y adolescentes",
                            "telephone": None,
                            "address": None,
                            "categories": ["NNA_FAM", "NNA_NA"],
                            "prosecutor": False,
                        }
                    ],
                    "first_steps": [{"code": "hospital", "text": "Ir al hospital más cercano", "number": None}],
                }
            ]
        }
    )

    shelter: str
    language: Language
    emergency: str
    desks: list[PhoneOfADesk]
    bodies: list[LegalBodyInWords]
    first_steps: list[FirstStepInWords]
