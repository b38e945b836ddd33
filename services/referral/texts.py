"""What people wrote about a referral, and whom each text is for: a shelter never reads an agency's notes."""

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
from services.chassis.access import Principal

FIELD: Mapping[type[Event], str] = {
    InfoRequested: "question",
    InfoSupplied: "answer",
    ReferralDeclined: "note",
    EnteredInError: "comment",
    ReferralReopened: "comment",
}
"""Which field of an event holds a text, sealed."""

WHILE_OPEN = frozenset({"question", "answer", "note"})
"""What an agency reads for as long as it works on the referral, and no longer."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text, where it stands, and who wrote it: a role and an organisation, never a person."""

    fact: Recorded[Event]
    box: Box
    field: str
    by: str


def texts_for(
    principal: Principal, history: Sequence[Recorded[Event]], *, shelter: str, open_: bool, stands: bool
) -> list[Text]:
    """The texts of a referral that are for somebody, oldest first.

    ``open_``: the referral is open and its basis stands; ``stands``: its basis does, whether it is open or not. A
    shelter keeps what it was asked and what it said: they are its own case's. After a handover the next shelter reads
    what is asked, which it must answer, and not what the one before had said.
    """
    return [text for text in _texts(history) if _is_for(principal, text, shelter, open_=open_, stands=stands)]


def _texts(history: Sequence[Recorded[Event]]) -> Iterator[Text]:
    for fact in history:
        field = FIELD.get(type(fact.event))
        box = None if field is None else getattr(fact.event, field)
        if field is not None and box is not None:
            yield Text(fact, box, field, ":".join(fact.actor.split(":")[:2]))


def _is_for(principal: Principal, text: Text, shelter: str, *, open_: bool, stands: bool) -> bool:
    assert isinstance(text.fact.event, ReferralFact)  # noqa: S101 - all that hold a text are
    own = text.by.partition(":")[2] == principal.org
    of_shelter = principal.org == shelter
    if text.field == "question" and of_shelter:
        return True
    if of_shelter:
        return own
    if text.field in {"question", "answer"}:
        return principal.org == text.fact.event.agency and open_
    may = open_ if text.field in WHILE_OPEN else stands
    return may and (own or principal.role is Role.PROGRAMME_COORDINATOR)
