"""Bodies and answers of the steps over HTTP."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from events.vocabulary import Agency, Confirmation, ConfirmedBy, DeclineReason, Outcome, ReferralState
from services.chassis.moments import Instant
from services.chassis.web.schemas import Answer, Command, Text
from services.referral.lifecycle.transitions import StepDetails

Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""Version of a referral: its number of events."""


def _example(**says: Any) -> ConfigDict:
    """The example of a step: what every step carries, and its own fields."""
    command: dict[str, Any] = {"command_id": "9b2f6c1e-4d0a-4c55-8a7e-0f3a5f1d2b60", "expected_version": 2}
    return ConfigDict(json_schema_extra={"examples": [{**command, **says}]})


class TakeStep(Command):
    """The caller's command id, and the version that the decision is based on."""

    model_config = _example()

    expected_version: Version

    def details(self) -> StepDetails:
        """The step's fields, but for free text."""
        return StepDetails()

    def text(self) -> str | None:
        """Free text in clear, to be sealed."""
        return None


class DeclineReferral(TakeStep):
    """A coded reason; ``other`` needs a note."""

    model_config = _example(reason=DeclineReason.NO_CAPACITY)

    reason: DeclineReason
    note: Text | None = None

    @model_validator(mode="after")
    def _other_is_explained(self) -> Self:
        if self.reason is DeclineReason.OTHER and self.note is None:
            raise ValueError("a note is needed with the reason other")
        return self

    def details(self) -> StepDetails:
        """The reason."""
        return StepDetails(reason=self.reason)

    def text(self) -> str | None:
        """The note."""
        return self.note


class AskShelter(TakeStep):
    """The desk's one question to the shelter."""

    model_config = _example(question="¿Puede viajar acompañada?")

    question: Text

    def text(self) -> str | None:
        """The question."""
        return self.question


class AnswerDesk(TakeStep):
    """The shelter's answer to the desk."""

    model_config = _example(answer="Sí, con su hermana.")

    answer: Text

    def text(self) -> str | None:
        """The answer."""
        return self.answer


class ScheduleService(TakeStep):
    """An appointment."""

    model_config = _example(appointment_at="2031-06-14T10:00:00-05:00")

    appointment_at: Instant

    def details(self) -> StepDetails:
        """When."""
        return StepDetails(appointment_at=self.appointment_at)


class ReportOutcome(TakeStep):
    """The outcome of the service."""

    model_config = _example(outcome=Outcome.UNKNOWN)

    outcome: Outcome

    def details(self) -> StepDetails:
        """The outcome."""
        return StepDetails(outcome=self.outcome)


class ConfirmHelp(TakeStep):
    """Whether help came, as the shelter or the person says."""

    model_config = _example(confirmation=Confirmation.YES, by=ConfirmedBy.PERSON)

    confirmation: Literal[Confirmation.YES, Confirmation.PARTLY, Confirmation.NO, Confirmation.UNKNOWN]
    by: Literal[ConfirmedBy.SHELTER, ConfirmedBy.PERSON] = ConfirmedBy.SHELTER

    def details(self) -> StepDetails:
        """The confirmation, and whose word it is."""
        return StepDetails(confirmation=self.confirmation, confirmed_by=self.by)


class CancelReferral(TakeStep):
    """The outcome for the person, if it is known."""

    model_config = _example(outcome=Outcome.UNKNOWN)

    outcome: Outcome = Outcome.UNKNOWN

    def details(self) -> StepDetails:
        """The outcome."""
        return StepDetails(outcome=self.outcome)


class ExplainStep(TakeStep):
    """A required comment: why the step is taken."""

    model_config = _example(comment="Se registró dos veces.")

    comment: Text

    def text(self) -> str | None:
        """The comment."""
        return self.comment


class RerouteReferral(TakeStep):
    """The agency to send it to instead."""

    model_config = _example(to=Agency.ACNUR)

    to: Agency

    def details(self) -> StepDetails:
        """Where to."""
        return StepDetails(to=self.to)


class ReferralAfterStep(Answer):
    """A referral after a step; ``linked`` is the one that replaced it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "referral_id": "2d6a1f1c-7b8e-5f0a-9c3d-5e4f6a7b8c9d",
                    "state": "accepted",
                    "version": 4,
                    "linked": None,
                }
            ]
        }
    )

    referral_id: UUID
    state: ReferralState
    version: Version
    linked: UUID | None


BODIES: dict[str, tuple[type[TakeStep], str]] = {
    "acknowledge": (TakeStep, "Acusar recibo · A human at the desk has seen it"),
    "accept": (TakeStep, "Aceptar · The agency takes responsibility"),
    "decline": (DeclineReferral, "No aceptar, con motivo · Decline, with a coded reason"),
    "request-info": (AskShelter, "Preguntar al albergue, una vez · Ask the shelter, once"),
    "supply-info": (AnswerDesk, "Responder a la mesa · Answer the desk"),
    "schedule": (ScheduleService, "Programar · Give an appointment"),
    "start": (TakeStep, "Iniciar la atención · The service has begun"),
    "deliver": (ReportOutcome, "Reportar la atención · Report the outcome"),
    "confirm": (ConfirmHelp, "Confirmar la atención · Close the loop"),
    "fail": (ReportOutcome, "No se pudo atender · It could not be served"),
    "no-contact": (ReportOutcome, "Sin contacto · The person cannot be found"),
    "cancel": (CancelReferral, "Cancelar · The shelter takes it back"),
    "confirm-deletion": (TakeStep, "Confirmar el borrado · What was disclosed is deleted, after a withdrawal"),
    "mark-in-error": (ExplainStep, "Registrada por error · Entered in error"),
    "reopen": (ExplainStep, "Reabrir en otra vinculada · Take it up again, linked"),
    "reroute": (RerouteReferral, "Recanalizar a otra agencia · To another agency, linked"),
}
"""Body and title of each step of ``transitions.STEPS``."""
