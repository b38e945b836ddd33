"""Bodies of withdrawals and confirmations by slip, and of the check by staff."""

from pydantic import ConfigDict

from events.vocabulary import Agency, HelpAnswer, WithdrawalAnswer
from services.chassis.web.schemas import Command
from services.intake.slips.schemas import WithSlip


class SlipWithdrawal(Command, WithSlip):
    """A withdrawal of consent from one recipient, or from all without `recipient`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "2f3a4b5c-6d7e-4f80-8b9c-0d1e2f3a4b5c",
                    "slip": "7F3K-2Q9M-XW4H",
                    "word": "girasol",
                    "recipient": "OIM",
                }
            ]
        }
    )

    recipient: Agency | None = None


class SlipConfirmation(Command, WithSlip):
    """Whether help came from one agency, or in general without `agency`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "command_id": "2f3a4b5c-6d7e-4f80-8b9c-0d1e2f3a4b5c",
                    "slip": "7F3K-2Q9M-XW4H",
                    "word": "girasol",
                    "agency": "OIM",
                    "confirmation": "partly",
                }
            ]
        }
    )

    agency: Agency | None = None
    confirmation: HelpAnswer


class WithdrawalCheck(Command):
    """The person's answer when staff asked about a withdrawal by slip."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"command_id": "3a4b5c6d-7e8f-4091-8cad-1e2f3a4b5c6d", "answer": "confirmed"}]}
    )

    answer: WithdrawalAnswer
