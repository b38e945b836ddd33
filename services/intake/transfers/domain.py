"""The consent with which a person transfers their case to the next shelter. Pure decisions."""

from dataclasses import dataclass, field
from uuid import UUID

from events.continuity import HandedOver, HandoverConsent
from events.contract import Event
from events.vocabulary import ConsentForm, ConsentGiver
from services.chassis.authorization.policy import Principal
from services.chassis.errors import ServiceError
from services.chassis.ids import uuid5
from services.intake.cases.domain import CaseState
from services.intake.wordings import Wording


class AlreadyHereError(ServiceError):
    """The shelter already has custody."""

    code = "already_here"
    status = 409


class ConsentNotValidError(ServiceError):
    """The person who consented may not decide this for the person concerned."""

    code = "consent_not_valid"
    status = 409


class NotOneFamilyError(ServiceError):
    """The cases were not registered as one family; each must be transferred on its own."""

    code = "not_one_family"
    status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A person who arrived: slip, word, and the answers they allow this shelter to see."""

    slip: str = field(repr=False)
    word: str = field(repr=False)
    given_by: ConsentGiver
    heard: bool
    """The child was informed and heard, because nobody may decide for them."""
    fields: tuple[str, ...]
    how: ConsentForm
    wording: Wording
    asked_by: str


def handover_event(case: CaseState, arrived: Arrival, command: UUID, by: Principal) -> HandedOver:
    """The event that gives custody to the shelter of ``by``."""
    assert case.slip is not None  # noqa: S101 - it was just presented
    return HandedOver(
        from_shelter=case.shelter,
        to_shelter=by.org,
        slip=case.slip,
        consent=HandoverConsent(
            receipt=uuid5(command, f"handover:{case.case}"),
            given_by=arrived.given_by,
            best_interests=arrived.heard,
            fields=arrived.fields,
            how=arrived.how,
            wording_version=arrived.wording.version,
            wording_sha256=arrived.wording.sha256,
            asked_by=arrived.asked_by,
        ),
    )


def consent_given(arrived: Arrival) -> tuple[object, ...]:
    """The consent of an arrival, comparable with ``recorded_consent``."""
    wording = (arrived.wording.version, arrived.wording.sha256)
    return (arrived.given_by, arrived.heard, arrived.fields, arrived.how, *wording, arrived.asked_by)


def recorded_consent(event: Event) -> tuple[object, ...] | None:
    """The consent recorded in a transfer event; ``None`` for any other event."""
    if not isinstance(event, HandedOver):
        return None
    one = event.consent
    wording = (one.wording_version, one.wording_sha256)
    return (one.given_by, one.best_interests, one.fields, one.how, *wording, one.asked_by)
