"""The texts written about a referral, and who may read each: a shelter never reads an agency's notes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from events.contract import Event, Recorded
from events.referral import (
    EnteredInError,
    InfoRequested,
    InfoSupplied,
    ReferralDeclined,
    ReferralFact,
    ReferralReopened,
)
from events.sealed import Box
from events.vocabulary import Role
from services.chassis.authorization.policy import Principal
from services.referral.lifecycle.transitions import role_and_organisation

TEXT_FIELD: Mapping[type[Event], str] = {
    InfoRequested: "question",
    InfoSupplied: "answer",
    ReferralDeclined: "note",
    EnteredInError: "comment",
    ReferralReopened: "comment",
}
"""The field of an event that contains a sealed text."""

WHILE_OPEN = frozenset({"question", "answer", "note"})
"""What an agency may read only while it works on the referral."""


@dataclass(frozen=True, slots=True)
class Message:
    """One sealed text, and its writer: a role and an organisation, never a person."""

    fact: Recorded[Event]
    box: Box
    field: str
    by: str


def messages_for(
    principal: Principal, history: Sequence[Recorded[Event]], *, shelter: str, open_: bool, basis_valid: bool
) -> list[Message]:
    """The texts that a principal may read, oldest first.

    ``open_``: the referral is open and its basis is valid; ``basis_valid``: the basis alone. A shelter keeps the
    question and its own answer: they belong to its case. After a transfer the next shelter reads the question, which it
    must answer, but not the answer of the one before.
    """
    return [
        text for text in _messages(history) if _is_for(principal, text, shelter, open_=open_, basis_valid=basis_valid)
    ]


def _messages(history: Sequence[Recorded[Event]]) -> Iterator[Message]:
    for fact in history:
        field = TEXT_FIELD.get(type(fact.event))
        box = None if field is None else getattr(fact.event, field)
        if field is not None and box is not None:
            yield Message(fact, box, field, role_and_organisation(fact.actor))


def _is_for(principal: Principal, text: Message, shelter: str, *, open_: bool, basis_valid: bool) -> bool:
    assert isinstance(text.fact.event, ReferralFact)  # noqa: S101 - all that hold a text are
    own = text.by.partition(":")[2] == principal.org
    of_shelter = principal.org == shelter
    if text.field == "question" and of_shelter:
        return True
    if of_shelter:
        return own
    if text.field in {"question", "answer"}:
        return principal.org == text.fact.event.agency and open_
    may = open_ if text.field in WHILE_OPEN else basis_valid
    return may and (own or principal.role is Role.PROGRAMME_COORDINATOR)
