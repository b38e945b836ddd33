"""Shift handovers in requests and answers, with the codes of people and of referrals."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from events.vocabulary import Agency, ReferralState, Urgency
from services.chassis.web.schemas import Answer, Command, Moment

Person = Annotated[str, Field(pattern=r"^p-\d{3}$")]

_OPEN: JsonDict = {"code": "7F3K", "urgency": "U1", "state": "acknowledged"}
_HANDOVER: JsonDict = {
    "desk": "ACNUR-CHP",
    "agency": "ACNUR",
    "given_by": "p-013",
    "taken_by": "p-014",
    "number": 1,
    "on_call": ["p-014", "p-013"],
    "open": [_OPEN],
    "at": "2026-03-02T15:04:05.678901+00:00",
}


class ShiftHandoverRequest(Command):
    """Who hands the desk over and who takes it, by their codes in the directory."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "0c6f2f1e-8f0d-4a52-9a58-3f6a0b7f2c11",
                    "given_by": "p-013",
                    "taken_by": "p-014",
                }
            ]
        }
    )

    given_by: Person
    taken_by: Person


class ReferralAtDesk(Answer):
    """One referral that a desk still has to act on."""

    code: Annotated[str, Field(description="Four characters by which the desk finds the referral.")]
    urgency: Urgency
    state: ReferralState


class ShiftHandover(Answer):
    """One shift handover."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HANDOVER]})

    desk: str
    agency: Agency
    given_by: str
    taken_by: str
    number: Annotated[int, Field(description="How many referrals were open.")]
    on_call: Annotated[list[str], Field(description="People to call, in this order.")]
    open: Annotated[list[ReferralAtDesk], Field(description="The first 400, the most urgent first.")]
    at: Moment


class DeskShift(Answer):
    """The current shift of a desk."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"desk": "ACNUR-CHP", "on_call": ["p-014", "p-013"], "open": [_OPEN], "handovers": [_HANDOVER]}
            ]
        }
    )

    desk: str
    on_call: Annotated[list[str], Field(description="People to call, in this order.")]
    open: Annotated[list[ReferralAtDesk], Field(description="Referrals that are open now, the most urgent first.")]
    handovers: Annotated[list[ShiftHandover], Field(description="The last 20 handovers, the newest first.")]
