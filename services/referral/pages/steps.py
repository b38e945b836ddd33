"""The steps that a page offers of a referral, and the command of a form that was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from pydantic import ValidationError

from events.vocabulary import Agency, Confirmation, ConfirmedBy, DeclineReason, Outcome, ReferralState, Role
from services.chassis.errors import MalformedRequestError, NotFoundError
from services.chassis.locales import Translator
from services.chassis.web.pages.forms import Form
from services.chassis.web.pages.viewer import Viewer
from services.referral.lifecycle.commands import StepCommand
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.schemas import BODIES
from services.referral.lifecycle.transitions import legal_steps, takes

S = ReferralState

LIKELY_FIRST = (
    *("acknowledge", "supply-info", "confirm-deletion", "accept", "reroute", "start", "schedule", "deliver", "confirm"),
    *("request-info", "decline", "fail", "no-contact", "cancel", "reopen", "mark-in-error"),
)
"""Every step, in the order in which it is likely to be what somebody came for."""
BEFORE_IT_STARTS = ("schedule", "start")
"""Of an accepted referral the appointment comes first."""
TOO_LATE = ("accept", "acknowledge")
"""Of an expired referral an acknowledgement alone helps nobody: accepting it comes first."""
AT_ONCE = frozenset({"acknowledge", "accept", "start"})
"""Steps that say nothing and that nobody regrets: one tap."""
HARD_TO_TAKE_BACK = frozenset({"decline", "fail", "no-contact", "cancel", "mark-in-error", "confirm-deletion"})
"""Steps that close something for the person."""
NOT_FOR_FIELDS = frozenset({"command_id", "expected_version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedStep:
    """A step with what its form needs. ``order``: the command id that is drawn with the page."""

    name: str
    order: UUID
    fields: tuple[str, ...]
    at_once: bool
    hard_to_take_back: bool


def offered(referral: Referral, role: Role, again: Mapping[str, UUID] | None = None) -> list[OfferedStep]:
    """The steps that a role may take now, the most likely first.

    ``again``: command ids to draw once more, of steps of which nobody knows whether they were stored.
    """
    names = [name for name in legal_steps(referral) if takes(name, referral, role)]
    if nobody_may_read(referral):
        names = [name for name in names if name != "accept"]
    order = [name for name in LIKELY_FIRST if name not in BEFORE_IT_STARTS]
    place = LIKELY_FIRST.index("start")
    between = reversed(BEFORE_IT_STARTS) if referral.state is S.SCHEDULED else BEFORE_IT_STARTS
    order[place:place] = between
    if referral.state is S.EXPIRED:
        order = [*TOO_LATE, *(name for name in order if name not in TOO_LATE)]
    return [
        OfferedStep(
            name=name,
            order=(again or {}).get(name) or uuid4(),
            fields=fields_of(name),
            at_once=name in AT_ONCE,
            hard_to_take_back=name in HARD_TO_TAKE_BACK,
        )
        for name in sorted(names, key=order.index)
    ]


def nobody_may_read(referral: Referral) -> bool:
    """Whether reading is closed for a while, so that nobody may accept (domain.md §6)."""
    return referral.after.frozen_at is not None or referral.after.lapsed_at is not None


def fields_of(step: str) -> tuple[str, ...]:
    """The fields of a step's form, as the body of its route names them."""
    return tuple(name for name in BODIES[step][0].model_fields if name not in NOT_FOR_FIELDS)


def step_command(step: str, referral: UUID, form: Form, viewer: Viewer) -> StepCommand:
    """The command of a form.

    Raises:
        NotFoundError: there is no such step.
        MalformedRequestError: a field is missing or at fault; or the form is not from one of our pages.
    """
    if step not in BODIES:
        raise NotFoundError
    moments = {"appointment_at"}
    given: dict[str, object] = {name: form.text(name) for name in fields_of(step) if name not in moments}
    for name in moments & set(fields_of(step)):
        at = form.moment(name, viewer)
        given[name] = None if at is None else at.isoformat()
    filled = {name: value for name, value in given.items() if value is not None}
    command, version = form.command_id, form.version
    try:
        body = BODIES[step][0].model_validate({"command_id": command, "expected_version": version, **filled})
    except ValidationError as error:
        raise MalformedRequestError(faults=_faults(error)) from None
    return StepCommand(
        referral=referral,
        step=step,
        command_id=command,
        expected_version=body.expected_version,
        details=body.details(),
        text=body.text(),
    )


def _faults(error: ValidationError) -> list[dict[str, str]]:
    """The fields that are at fault. What concerns a form as a whole is the note that a reason needs."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return [
        {"field": str(one["loc"][0]), "code": one["type"]} if one["loc"] else {"field": "note", "code": "missing"}
        for one in found
    ]


def reroutable(referral: Referral, taken: Sequence[str]) -> list[Agency]:
    """The agencies that a referral may be sent to instead. ``taken``: those that have an open one of the case."""
    return [one for one in Agency if one not in {Agency.PEAS, referral.agency} and one not in taken]


def answers(say: Translator, agencies: Sequence[Agency]) -> dict[str, list[tuple[str, ...]]]:
    """The answers to choose from, with their words, by field. ``agencies``: those that it may be sent to instead."""
    confirmed = (Confirmation.YES, Confirmation.PARTLY, Confirmation.NO, Confirmation.UNKNOWN)
    return {
        "reason": [(one, say(f"decline.{one}"), say(f"plain.decline.{one}")) for one in DeclineReason],
        "outcome": [(one, say(f"outcome.{one}")) for one in Outcome],
        "confirmation": [(one, say(f"confirmation.{one}")) for one in confirmed],
        "by": [(one, say(f"confirmed_by.{one}")) for one in (ConfirmedBy.SHELTER, ConfirmedBy.PERSON)],
        "to": [(one, say(f"agency.{one}")) for one in agencies],
    }
