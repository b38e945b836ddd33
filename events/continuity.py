"""Facts that intake publishes about a person on the way: their slip, what they say with it, the next shelter.

None of them holds a slip's code, the person's word, or anything made of either.
"""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from events.contract import Event, Value
from events.vocabulary import (
    Agency,
    ConsentForm,
    ConsentGiver,
    HelpAnswer,
    SamePerson,
    WithdrawalAnswer,
)


class SlipIssued(Event):
    """A slip was handed to the person. Whoever holds it and knows their word speaks for them; the log knows neither."""

    NAME: ClassVar[str] = "intake.slip_issued"

    shelter: str
    slip: UUID
    replaces: UUID | None = None
    """The slip that died of it, if there was one."""
    override: bool = False
    """The worker offered it although the case is of a kind for which a paper may be a danger."""
    issued_by: str
    """The label of whoever did, never a name."""


class SlipRevoked(Event):
    """A slip was lost, or is not wanted any more: it opens nothing from here on."""

    NAME: ClassVar[str] = "intake.slip_revoked"

    shelter: str
    slip: UUID
    revoked_by: str


class SlipAttacked(Event):
    """Somebody tried one wrong word after another with the code of a slip that is in force. Said once a day."""

    NAME: ClassVar[str] = "intake.slip_attacked"

    shelter: str
    """The shelter that holds the case, and can issue another slip."""
    slip: UUID


class WithdrawalFrozen(Event):
    """Somebody with the slip and the word took consent back. Nothing is sent or read until a person has checked."""

    NAME: ClassVar[str] = "intake.withdrawal_frozen"

    shelter: str
    slip: UUID
    recipient: Agency | None = None
    """Whose consent is taken back; ``None``: everybody's."""


class WithdrawalChecked(Event):
    """A person looked whether the withdrawal was the person's own: it took its course, or the freeze ended."""

    NAME: ClassVar[str] = "intake.withdrawal_checked"

    shelter: str
    answer: WithdrawalAnswer
    checked_by: str
    recipient: Agency | None = None
    """PEAS, if nothing but a withdrawal from it was checked: no shelter learns of that."""


class HelpConfirmed(Event):
    """The person said with their slip whether help came."""

    NAME: ClassVar[str] = "intake.help_confirmed"

    slip: UUID
    agency: Agency | None = None
    """Whose help; ``None``: all that was reported and not yet confirmed."""
    confirmation: HelpAnswer


class HandoverConsent(Value):
    """What the person, or whoever may decide for them, let the next shelter know."""

    receipt: UUID
    given_by: ConsentGiver
    best_interests: bool = False
    """A child without anybody who may decide for them was informed and heard, and agreed."""
    fields: tuple[str, ...]
    """Names of answers, or ``all``: never the answers."""
    how: ConsentForm
    wording_version: str
    wording_sha256: str = Field(min_length=64, max_length=64)
    asked_by: str


class HandedOver(Event):
    """The person arrived at the next shelter, with slip and word, and let it take their case over."""

    NAME: ClassVar[str] = "intake.handed_over"

    from_shelter: str
    to_shelter: str
    slip: UUID
    """Which is used up by it."""
    consent: HandoverConsent


class AnswersRead(Event):
    """The shelter that holds the case was handed its coded answers; who is the envelope's actor."""

    NAME: ClassVar[str] = "intake.answers_read"

    shelter: str
    fields: tuple[str, ...]
    """What it may read: ``all``, ``own`` (what it recorded itself), or the names that the person let it know.

    Never which answers there are, because that is an answer. Older facts name those that were given.
    """


class DuplicateShown(Event):
    """A worker was shown two cases that may be of one person. Who is the envelope's actor; not why they may be."""

    NAME: ClassVar[str] = "intake.duplicate_shown"

    shelter: str
    first: UUID
    later: UUID
    shown_to: str
    """The label of whoever was, never a name."""


class DuplicateDecided(Event):
    """A person decided whether two cases are of one person. Neither is merged, and neither is deleted."""

    NAME: ClassVar[str] = "intake.duplicate_decided"

    shelter: str
    first: UUID
    later: UUID
    decision: SamePerson
    decided_by: str
