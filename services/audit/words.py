"""Codes as words, Spanish and English, and times by Mexico's clock."""

from collections.abc import Sequence
from datetime import datetime

from events.vocabulary import BlockReason, CaseKind, SendingBasis
from services.chassis.programme import MEXICO

KIND = {
    CaseKind.PERSON: ("un caso de riesgo", "a case at risk"),
    CaseKind.COMMUNITY_INCIDENT: ("un incidente con la comunidad", "an incident with the community"),
    CaseKind.SHELTER_THREAT: (
        "una amenaza al albergue o su personal",
        "a threat to the shelter or its staff",
    ),
}
BASIS = {
    SendingBasis.NOT_PERSONAL: ("no contiene datos de una persona", "it holds no person's data"),
    SendingBasis.MANDATORY_REPORT: ("reporte obligatorio", "mandatory report"),
    SendingBasis.BEST_INTERESTS: ("interés superior de la niñez", "best interests of the child"),
    SendingBasis.CONSENT: ("con consentimiento", "with consent"),
    SendingBasis.VITAL_INTEREST: ("interés vital", "vital interest"),
}
REASON = {
    BlockReason.CONSENT_NOT_ASKED: ("falta pedir el consentimiento", "consent has not been asked"),
    BlockReason.CONSENT_REFUSED: ("la persona no consintió", "the person did not consent"),
    BlockReason.CONSENT_EXPIRED: ("el consentimiento venció", "the consent has expired"),
    BlockReason.CONSENT_NOT_VALID: (
        "el consentimiento no lo dio quien puede darlo",
        "the consent was not given by somebody who may give it",
    ),
    BlockReason.CANNOT_DECIDE: ("la persona no puede decidir por ahora", "the person cannot decide for now"),
    BlockReason.WITHHELD: ("la persona excluyó a este destinatario", "the person excluded this recipient"),
}


def y(words: Sequence[str]) -> str:
    """Spanish: A, B y C."""
    return " y ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def and_(words: Sequence[str]) -> str:
    """English: A, B and C."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def in_mexico(moment: datetime) -> str:
    """A time as people there read it."""
    return moment.astimezone(MEXICO).strftime("%d/%m/%Y %H:%M")
