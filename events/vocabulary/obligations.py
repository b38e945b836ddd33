"""Tasks that the law or the programme sets, and the first steps that are shown with a case."""

from enum import StrEnum


class Obligation(StrEnum):
    """A task with a clock (domain.md §6). None is about a migration authority."""

    NOTICE_TO_PROCURADURIA = "notice_to_procuraduria"
    """Notice of a child to the Procuraduría de Protección de NNA."""
    TELL_THE_PERSON = "tell_the_person"
    """The person learns that their data were sent or opened without their consent."""
    URGENT_MEASURES = "urgent_measures"
    """Urgent measures for a child at imminent risk."""
    CLAIM_DECISION = "claim_decision"
    """COMAR decides an asylum claim."""
    CLAIM_RATIFICATION = "claim_ratification"
    """A claim that was filed for somebody is ratified by them."""


class ObligationOwner(StrEnum):
    """Who has the task."""

    SHELTER = "shelter"
    AGENCY = "agency"
    COORDINATOR = "coordinator"


class ObligationResult(StrEnum):
    """What became of a task."""

    DONE = "done"
    NOT_NEEDED = "not_needed"
    NOT_POSSIBLE = "not_possible"
    REFUSED = "refused"
    """The body with the duty refused."""


class Milestone(StrEnum):
    """What an officer records because a legal clock begins with it."""

    CLAIM_FILED = "claim_filed"
    """The person filed an asylum claim."""
    CLAIM_FILED_BY_OTHERS = "claim_filed_by_others"
    """Somebody filed it for them."""
    BEFORE_MIGRATION_AUTHORITY = "before_migration_authority"
    """A child is before the migration authority."""


class FirstStep(StrEnum):
    """What is shown first with a case, before anything is referred."""

    EMERGENCY_NUMBER = "emergency_number"
    HOSPITAL = "hospital"
    CARE_DIFFERS_AT_72_AND_120_HOURS = "care_differs_at_72_and_120_hours"
    """Shown with VSG whatever the time was, which is stored nowhere in clear."""
    IF_WANTED_EMERGENCY_NUMBER = "if_wanted_emergency_number"
    """Not by default: an authority is the one to fear."""
    IF_WANTED_PROSECUTOR = "if_wanted_prosecutor"
