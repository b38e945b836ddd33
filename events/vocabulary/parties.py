"""Agencies, authorities and the people of the programme."""

from enum import StrEnum


class Agency(StrEnum):
    """Who a referral may be sent to. Restricted recipients are another type, on purpose."""

    ACNUR = "ACNUR"
    UNODC = "UNODC"
    UNICEF = "UNICEF"
    OIM = "OIM"
    UNFPA = "UNFPA"
    PNUD = "PNUD"
    ONU_MUJERES = "ONU_MUJERES"
    OIT = "OIT"
    PEAS = "PEAS"
    """The independent focal point for abuse by aid workers."""


LEAD_AGENCY = Agency.OIM
"""Leads the programme: its desk is notified of what no other agency is responsible for."""


class RestrictedRecipient(StrEnum):
    """Authorities that no rule can reach: only a person's written wish and two members of staff can."""

    INM = "INM"
    CONSULADO = "CONSULADO"
    POLICIA = "POLICIA"
    FISCALIA = "FISCALIA"


class Authority(StrEnum):
    """What kind of authority demanded data. It is nobody's recipient: a demand is answered, never forwarded to."""

    MIGRATION = "migration"
    CONSULATE = "consulate"
    POLICE = "police"
    PROSECUTION = "prosecution"
    COURT = "court"
    ARMED_FORCES = "armed_forces"
    OTHER = "other"


class Role(StrEnum):
    """What a user is in the programme."""

    SHELTER_WORKER = "shelter_worker"
    SHELTER_COORDINATOR = "shelter_coordinator"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    PROGRAMME_COORDINATOR = "programme_coordinator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    INTEGRATOR = "integrator"
    OPERATOR = "operator"
    """Whoever sits at the machine that runs the system; never given to a remote user."""


class Duty(StrEnum):
    """Whom a desk's silence is taken to, step by step."""

    DESK = "desk"
    ON_CALL = "on_call"
    """The next on call at the same desk."""
    SUPERVISOR = "supervisor"
    COORDINATOR = "coordinator"
    """The programme's."""
    FALLBACK = "fallback"
    """Another agency's desk, which is asked without personal data."""
    STEERING = "steering"
    """The steering list of the programme."""
    SHELTER = "shelter"
    """The workers of the shelter that holds the case."""
    SHELTER_COORDINATOR = "shelter_coordinator"
    """The coordinator of the shelter that holds the case."""
    REPRESENTATIVE = "representative"
    """Whoever speaks for a child without anybody: UNICEF's desk where it has the case, else the coordinator."""
    OPERATOR = "operator"
    """Whoever runs the system."""
