"""What is flagged, and why."""

from enum import StrEnum


class CaseKind(StrEnum):
    """What was flagged."""

    PERSON = "person"
    COMMUNITY_INCIDENT = "community_incident"
    SHELTER_THREAT = "shelter_threat"


class RiskCategory(StrEnum):
    """Why a case is referred. A case may carry several; the order is that of the rule table."""

    NNA_NA = "NNA_NA"
    NNA_FAM = "NNA_FAM"
    TRATA = "TRATA"
    SECUESTRO = "SECUESTRO"
    VSG = "VSG"
    ASILO = "ASILO"
    REFUG = "REFUG"
    MED = "MED"
    PELIGRO = "PELIGRO"
    TRAFICO = "TRAFICO"
    MUJER = "MUJER"
    SSR = "SSR"
    LABORAL = "LABORAL"
    SM = "SM"
    RETORNO = "RETORNO"
    LGBTIQ = "LGBTIQ"
    DISC = "DISC"
    MAYOR = "MAYOR"
    DELITO = "DELITO"
    ABUSO_AUT = "ABUSO_AUT"
    PEAS = "PEAS"
    DESAP = "DESAP"
    APATRIDA = "APATRIDA"
    GENERAL = "GENERAL"
    COMUNIDAD = "COMUNIDAD"
    AMENAZA = "AMENAZA"


RESTRICTED_CATEGORIES = frozenset(
    {
        RiskCategory.VSG,
        RiskCategory.TRATA,
        RiskCategory.SECUESTRO,
        RiskCategory.SM,
        RiskCategory.LGBTIQ,
        RiskCategory.ABUSO_AUT,
        RiskCategory.PEAS,
        RiskCategory.AMENAZA,
    }
)
"""Not searchable, and whoever is shown that a case has one is recorded (domain.md §7.3)."""


class Urgency(StrEnum):
    """How soon a desk must answer. Sorts from the most urgent to the least."""

    U0 = "U0"
    U1 = "U1"
    U2 = "U2"
    U3 = "U3"


class SamePerson(StrEnum):
    """What somebody decided about two cases that look alike."""

    SAME = "same"
    DIFFERENT = "different"


class BoxClass(StrEnum):
    """The two kinds of sealed data about a person, each under a key of its own."""

    IDENTITY = "identity"
    """Name, birth date, document, telephone, notes."""
    SCREENING = "screening"
    """The coded answers."""
