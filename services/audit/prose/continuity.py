"""Describes slips and their use, transfers between shelters, duplicates and capacity."""

from collections.abc import Mapping, Sequence

from events.capacity import DeskCapacitySet, ShelterCapacitySet
from events.consent_rules import ALL_FIELDS, OWN_FIELDS
from events.continuity import (
    AnswersRead,
    DuplicateDecided,
    DuplicateShown,
    HandedOver,
    HelpConfirmed,
    SlipAttacked,
    SlipIssued,
    SlipRevoked,
    WithdrawalChecked,
    WithdrawalFrozen,
)
from events.contract import Event
from services.audit.prose.glossary import fields_in_words, in_mexico
from services.audit.prose.sentence import Describer, plain, sentences
from services.chassis.locales import Translator


def _issued(event: SlipIssued, say: Translator) -> str:
    return sentences(
        say("prose.intake.slip_issued", shelter=event.shelter, issued_by=event.issued_by),
        say("prose.intake.slip_issued.again") if event.replaces else None,
        say("prose.intake.slip_issued.all_the_same") if event.override else None,
    )


def _frozen(event: WithdrawalFrozen, say: Translator) -> str:
    if not event.recipient:
        return say("prose.intake.withdrawal_frozen")
    return say("prose.intake.withdrawal_frozen.for_recipient", recipient=event.recipient)


def _checked(event: WithdrawalChecked, say: Translator) -> str:
    answer = say(f"withdrawal_check.{event.answer}")
    return say("prose.intake.withdrawal_checked", checked_by=event.checked_by, answer=answer)


def _confirmed(event: HelpConfirmed, say: Translator) -> str:
    confirmation = say(f"confirmation.{event.confirmation}")
    if not event.agency:
        return say("prose.intake.help_confirmed", confirmation=confirmation)
    return say("prose.intake.help_confirmed.of_agency", agency=event.agency, confirmation=confirmation)


def _answers(fields: Sequence[str], say: Translator) -> str:
    """The names of the answers, in words."""
    if ALL_FIELDS in fields:
        return say("other.all_fields")
    return say("other.own_fields") if OWN_FIELDS in fields else fields_in_words(fields, say)


def _handed_over(event: HandedOver, say: Translator) -> str:
    fields = _answers(event.consent.fields, say)
    shelters = {"to_shelter": event.to_shelter, "from_shelter": event.from_shelter}
    return say("prose.intake.handed_over", fields=fields, **shelters)


def _read(event: AnswersRead, say: Translator) -> str:
    return say("prose.intake.answers_read", shelter=event.shelter, fields=_answers(event.fields, say))


def _decided(event: DuplicateDecided, say: Translator) -> str:
    decision = say(f"same_person.{event.decision}")
    return say("prose.intake.duplicate_decided", shelter=event.shelter, decided_by=event.decided_by, decision=decision)


def _shelter_room(event: ShelterCapacitySet, say: Translator) -> str:
    room = {"capacity": say(f"capacity.{event.capacity}"), "until": in_mexico(event.expires_at)}
    if event.beds is None:
        return say("prose.referral.shelter_capacity_set", shelter=event.shelter, **room)
    return say.plural("prose.referral.shelter_capacity_set.beds", event.beds, shelter=event.shelter, **room)


def _desk_room(event: DeskCapacitySet, say: Translator) -> str:
    room = {"capacity": say(f"capacity.{event.capacity}"), "until": in_mexico(event.expires_at)}
    return say("prose.referral.desk_capacity_set", desk=event.desk, agency=event.agency, **room)


DESCRIBERS: Mapping[type[Event], Describer] = {
    SlipIssued: _issued,
    SlipAttacked: plain("prose.intake.slip_attacked"),
    SlipRevoked: plain("prose.intake.slip_revoked"),
    WithdrawalFrozen: _frozen,
    WithdrawalChecked: _checked,
    HelpConfirmed: _confirmed,
    HandedOver: _handed_over,
    AnswersRead: _read,
    DuplicateDecided: _decided,
    DuplicateShown: plain("prose.intake.duplicate_shown"),
    ShelterCapacitySet: _shelter_room,
    DeskCapacitySet: _desk_room,
}
