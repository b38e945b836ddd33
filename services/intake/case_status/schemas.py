"""The answer about a case. Fields that the reader may not see are left out, not empty."""

from uuid import UUID

from pydantic import ConfigDict, Field

from events.vocabulary import (
    Agency,
    BlockReason,
    FirstStep,
    Obligation,
    OverrideBasis,
    ReferralState,
    ReviewVerdict,
    RiskCategory,
    Urgency,
)
from services.chassis.locales import ENGLISH, SPANISH, catalogue
from services.chassis.web.schemas import Answer, Moment
from services.intake.cases.schemas import Version
from services.intake.consents.schemas import CaseConsent
from services.intake.routing.schemas import CaseRouting

WORDS = catalogue(__name__)


class WhatIsMissing(Answer):
    """What the shelter is to do so that it can be sent, in words."""

    es: str
    en: str

    @classmethod
    def of(cls, reason: BlockReason) -> "WhatIsMissing":
        """The words of a reason."""
        es, en = (say(f"missing.{reason}") for say in (WORDS(SPANISH), WORDS(ENGLISH)))
        return cls(es=es, en=en)


class CaseReferral(Answer):
    """One referral of the case and its state."""

    referral_id: UUID
    agency: Agency
    urgency: Urgency
    categories: list[RiskCategory]
    categories_withheld: bool = False
    """Whether restricted categories are left out, because it could not be recorded now that they were shown."""
    state: ReferralState
    reason: BlockReason | None
    """Why the referral is blocked, while it waits for consent."""
    missing: WhatIsMissing | None
    """The same in words; also of what a consent does not cover."""
    uncovered: list[RiskCategory]
    """Categories that no consent covers: the agency does not learn of them."""
    ask_by: Moment | None
    """Until when the decision is to be asked for, before others are told that it was not; later steps follow."""
    until: Moment | None
    """Until when the person wanted time to decide."""
    alerted_at: Moment | None
    """When the agency's duty desk was alerted."""
    version: Version
    sent: bool
    changed_at: Moment


class CaseAccess(Answer):
    """An access to the case's sealed data by break-glass."""

    agency: Agency
    opened_for: str
    """The agency that opened the data; `*` is the programme's coordination."""
    basis: OverrideBasis
    verdict: ReviewVerdict | None
    """The reviewer's verdict; `null` until the review."""
    opened_at: Moment
    until: Moment


class CaseFirstStep(Answer):
    """Something to do before anything is referred."""

    code: FirstStep
    es: str
    en: str
    number: str | None
    """The emergency number, if this is about it."""


class CaseBody(Answer):
    """A national body with the legal duty; people contact it, no rule reaches it."""

    code: str
    name: str
    es: str
    """Its duty, in Spanish."""
    en: str
    telephone: str | None
    address: str | None


class CaseObligation(Answer):
    """A task that starts with the case; its clock is in `/obligations`."""

    code: Obligation
    es: str
    en: str


class ShownFirst(Answer):
    """What is shown first with a case, in this order."""

    steps: list[CaseFirstStep]
    bodies: list[CaseBody]
    obligations: list[CaseObligation]


class ConsentFrozen(Answer):
    """A withdrawal made with the slip waits until staff have checked it with the person."""

    at: Moment
    recipient: Agency | None
    """`null`: all recipients."""


class CaseStatus(Answer):
    """A case and what became of its referrals.

    The shelter that holds the case reads all of it; an agency its own referrals and accesses; a shelter that handed
    the case over only that it did.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11",
                    "submission_id": "d70a39d1-33dc-477f-b179-f2d2e48b9662",
                    "shelter": "ALB-IXT-01",
                    "recorded_at": "2013-06-12T20:32:05.120000+00:00",
                    "referrals": [
                        {
                            "referral_id": "5f7c1f60-42f4-5f0b-9d26-0f3a2b9c6d33",
                            "agency": "UNICEF",
                            "urgency": "U1",
                            "categories": ["NNA_NA"],
                            "categories_withheld": False,
                            "state": "requested",
                            "reason": None,
                            "missing": None,
                            "uncovered": [],
                            "ask_by": None,
                            "until": None,
                            "alerted_at": "2013-06-12T20:32:06+00:00",
                            "version": 2,
                            "sent": True,
                            "changed_at": "2013-06-12T20:32:05.300000+00:00",
                        }
                    ],
                    "routing": {
                        "state": "routed",
                        "es": "Las reglas se aplicaron a las respuestas: lo que se muestra es todo.",
                        "en": "The rules were applied to the answers: what is shown is all.",
                    },
                    "exceptional_accesses": [],
                    "handed_over": False,
                    "slip_issued_at": None,
                    "frozen": None,
                    "family": [],
                    "same_person": [],
                    "consents": [],
                    "first": {
                        "steps": [
                            {
                                "code": "hospital",
                                "es": "Ir al hospital más cercano",
                                "en": "Go to the nearest hospital",
                                "number": None,
                            }
                        ],
                        "bodies": [
                            {
                                "code": "PPNNA",
                                "name": "Procuradurías de Protección de Niñas, Niños y Adolescentes",
                                "es": "representa a la niñez y dicta medidas de protección",
                                "en": "represents children and orders measures of protection",
                                "telephone": None,
                                "address": None,
                            }
                        ],
                        "obligations": [
                            {
                                "code": "notice_to_procuraduria",
                                "es": "Dar aviso a la Procuraduría de Protección de Niñas, Niños y Adolescentes",
                                "en": "Notify the office for the protection of children (Procuraduría de Protección)",
                            }
                        ],
                    },
                }
            ]
        }
    )

    case_id: UUID
    submission_id: UUID
    shelter: str
    """The shelter with custody; for an agency without an open referral, the one that registered the case."""
    recorded_at: Moment
    referrals: list[CaseReferral]
    routing: CaseRouting | None = None
    """Whether the referrals are all there is, for the shelter that holds the case and the coordination."""
    exceptional_accesses: list[CaseAccess] = Field(default_factory=list)
    handed_over: bool = False
    slip_issued_at: Moment | None = None
    frozen: ConsentFrozen | None = None
    family: list[UUID] = Field(default_factory=list)
    """Cases of the same family at the same shelter."""
    same_person: list[UUID] = Field(default_factory=list)
    """Cases that this shelter's staff decided are the same person's."""
    consents: list[CaseConsent] = Field(default_factory=list)
    first: ShownFirst | None = None
    """Left out for an agency, for a shelter that was not let know every answer, and until the rules were run."""
