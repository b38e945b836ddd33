"""How a person's way is told: the slip, what they said with it, the next shelter; and who has room."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from events.capacity import DeskCapacitySet, ShelterCapacitySet
from events.continuity import (
    AnswersRead,
    DuplicateDecided,
    HandedOver,
    HelpConfirmed,
    SlipIssued,
    SlipRevoked,
    WithdrawalChecked,
    WithdrawalFrozen,
)
from events.contract import Event
from events.vocabulary import Confirmation
from services.audit.prose.sentence import Sentence
from services.audit.words import CAPACITY, CHECKED, CONFIRMATION, SAME, and_, field_words, in_mexico, y


def _issued(event: SlipIssued) -> Sentence:
    again_es = " La anterior dejó de servir." if event.replaces else ""
    again_en = " The earlier one is void." if event.replaces else ""
    kept_es = " La persona la quiso aunque para su caso no se ofrece." if event.override else ""
    kept_en = " The person wanted it although it is not offered for their case." if event.override else ""
    return Sentence(
        f"El albergue {event.shelter} entregó a la persona una hoja con clave ({event.issued_by}).{again_es}{kept_es}",
        f"Shelter {event.shelter} handed the person a slip ({event.issued_by}).{again_en}{kept_en}",
    )


def _revoked(event: SlipRevoked) -> Sentence:
    return Sentence(
        f"El albergue {event.shelter} anuló la hoja de la persona ({event.revoked_by}).",
        f"Shelter {event.shelter} revoked the person's slip ({event.revoked_by}).",
    )


def _frozen(event: WithdrawalFrozen) -> Sentence:
    of_es = f" para {event.recipient}" if event.recipient else ""
    of_en = f" for {event.recipient}" if event.recipient else ""
    return Sentence(
        f"Con la hoja y la palabra se retiró el consentimiento{of_es}: nada se envía ni se lee hasta que alguien lo "
        "compruebe.",
        f"With slip and word consent{of_en} was taken back: nothing is sent or read until somebody has checked.",
    )


def _checked(event: WithdrawalChecked) -> Sentence:
    es, en = CHECKED[event.answer]
    return Sentence(
        f"Se comprobó el retiro ({event.checked_by}): {es}.", f"The withdrawal was checked ({event.checked_by}): {en}."
    )


def _confirmed(event: HelpConfirmed) -> Sentence:
    es, en = CONFIRMATION[Confirmation(event.confirmation)]
    of_es = f" de {event.agency}" if event.agency else ""
    of_en = f" of {event.agency}" if event.agency else ""
    return Sentence(
        f"La persona dijo con su hoja sobre la ayuda{of_es}: {es}.",
        f"With their slip the person said of the help{of_en}: {en}.",
    )


def _answers(fields: Sequence[str]) -> tuple[str, str]:
    """Which answers, in words."""
    if "all" in fields:
        return "todas las respuestas", "all answers"
    es, en = field_words(fields)
    return y(es), and_(en)


def _handed_over(event: HandedOver) -> Sentence:
    es, en = _answers(event.consent.fields)
    return Sentence(
        f"La persona llegó a {event.to_shelter} con hoja y palabra y consintió que se hiciera cargo; "
        f"{event.from_shelter} ya no ve el caso. Puede leerse: {es}.",
        f"The person arrived at {event.to_shelter} with slip and word and let it take over; {event.from_shelter} no "
        f"longer sees the case. It may read: {en}.",
    )


def _read(event: AnswersRead) -> Sentence:
    es, en = _answers(event.fields)
    return Sentence(
        f"El albergue {event.shelter} leyó respuestas selladas: {es}.",
        f"Shelter {event.shelter} read sealed answers: {en}.",
    )


def _decided(event: DuplicateDecided) -> Sentence:
    es, en = SAME[event.decision]
    return Sentence(
        f"El albergue {event.shelter} comparó dos casos ({event.decided_by}): {es}.",
        f"Shelter {event.shelter} compared two cases ({event.decided_by}): {en}.",
    )


def _shelter_room(event: ShelterCapacitySet) -> Sentence:
    es, en = CAPACITY[event.capacity]
    beds_es = "" if event.beds is None else f", {event.beds} camas"
    beds_en = "" if event.beds is None else f", {event.beds} beds"
    until = in_mexico(event.expires_at)
    return Sentence(
        f"El albergue {event.shelter} informó: {es}{beds_es}, hasta {until}.",
        f"Shelter {event.shelter} said: {en}{beds_en}, until {until}.",
    )


def _desk_room(event: DeskCapacitySet) -> Sentence:
    es, en = CAPACITY[event.capacity]
    until = in_mexico(event.expires_at)
    return Sentence(
        f"La mesa {event.desk} de {event.agency} informó: {es}, hasta {until}.",
        f"{event.agency}'s desk {event.desk} said: {en}, until {until}.",
    )


TELLERS: Mapping[type[Event], Callable[[Any], Sentence]] = {
    SlipIssued: _issued,
    SlipRevoked: _revoked,
    WithdrawalFrozen: _frozen,
    WithdrawalChecked: _checked,
    HelpConfirmed: _confirmed,
    HandedOver: _handed_over,
    AnswersRead: _read,
    DuplicateDecided: _decided,
    ShelterCapacitySet: _shelter_room,
    DeskCapacitySet: _desk_room,
}
