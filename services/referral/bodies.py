"""What each step of a referral's life carries over HTTP. Closed, and silent about its input when it is wrong."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from events.vocabulary import Agency, Confirmation, ConfirmedBy, DeclineReason, Outcome
from services.referral.steps import Ask

Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]


class StepBody(BaseModel):
    """Every step carries the caller's own command id and the version it was decided on."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    command_id: UUID
    expected_version: Annotated[int, Field(ge=1, le=2**31 - 1)]

    def ask(self) -> Ask:
        """What the step says besides its name."""
        return Ask()

    def text(self) -> str | None:
        """Free text, to be sealed."""
        return None


class Decline(StepBody):
    """A coded reason; with ``other`` a note says which."""

    reason: DeclineReason
    note: Text | None = None

    @model_validator(mode="after")
    def _other_is_explained(self) -> Self:
        if self.reason is DeclineReason.OTHER and self.note is None:
            raise ValueError("a note is needed with the reason other")
        return self

    def ask(self) -> Ask:
        """The reason."""
        return Ask(reason=self.reason)

    def text(self) -> str | None:
        """The note."""
        return self.note


class RequestInfo(StepBody):
    """The desk's one question."""

    question: Text

    def text(self) -> str | None:
        """The question."""
        return self.question


class SupplyInfo(StepBody):
    """The shelter's answer."""

    answer: Text

    def text(self) -> str | None:
        """The answer."""
        return self.answer


class Schedule(StepBody):
    """An appointment."""

    appointment_at: AwareDatetime

    def ask(self) -> Ask:
        """When."""
        return Ask(appointment_at=self.appointment_at)


class WithOutcome(StepBody):
    """What came of it."""

    outcome: Outcome

    def ask(self) -> Ask:
        """The outcome."""
        return Ask(outcome=self.outcome)


class Confirm(StepBody):
    """Whether help came, as the shelter says, or the person through whoever is with them there."""

    confirmation: Literal[Confirmation.YES, Confirmation.PARTLY, Confirmation.NO, Confirmation.UNKNOWN]
    by: Literal[ConfirmedBy.SHELTER, ConfirmedBy.PERSON] = ConfirmedBy.SHELTER

    def ask(self) -> Ask:
        """The confirmation, and whose word it is."""
        return Ask(confirmation=self.confirmation, confirmed_by=self.by)


class Cancel(StepBody):
    """What became of the person, if it is known."""

    outcome: Outcome = Outcome.UNKNOWN

    def ask(self) -> Ask:
        """The outcome."""
        return Ask(outcome=self.outcome)


class Comment(StepBody):
    """A comment is required: somebody will ask why."""

    comment: Text

    def text(self) -> str | None:
        """The comment."""
        return self.comment


class Reroute(StepBody):
    """To which agency instead."""

    to: Agency

    def ask(self) -> Ask:
        """Where to."""
        return Ask(to=self.to)


BODIES: dict[str, tuple[type[StepBody], str]] = {
    "acknowledge": (StepBody, "Acusar recibo · A human at the desk has seen it"),
    "accept": (StepBody, "Aceptar · The agency takes responsibility"),
    "decline": (Decline, "No aceptar, con motivo · Decline, with a coded reason"),
    "request-info": (RequestInfo, "Preguntar al albergue, una vez · Ask the shelter, once"),
    "supply-info": (SupplyInfo, "Responder a la mesa · Answer the desk"),
    "schedule": (Schedule, "Programar · Give an appointment"),
    "start": (StepBody, "Iniciar la atención · The service has begun"),
    "deliver": (WithOutcome, "Reportar la atención · Report the outcome"),
    "confirm": (Confirm, "Confirmar la atención · Close the loop"),
    "fail": (WithOutcome, "No se pudo atender · It could not be served"),
    "no-contact": (WithOutcome, "Sin contacto · The person cannot be found"),
    "cancel": (Cancel, "Cancelar · The shelter takes it back"),
    "confirm-deletion": (StepBody, "Confirmar el borrado · What was told is deleted, after a withdrawal"),
    "mark-in-error": (Comment, "Registrada por error · Entered in error"),
    "reopen": (Comment, "Reabrir en otra vinculada · Take it up again, linked"),
    "reroute": (Reroute, "Recanalizar a otra agencia · To another agency, linked"),
}
"""The body and the title of each step; the steps themselves are in ``steps.STEPS``."""
