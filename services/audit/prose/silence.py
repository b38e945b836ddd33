"""How silence, and caravan mode, are told."""

from collections.abc import Callable, Mapping
from typing import Any

from events.contract import Event
from events.silence import (
    CaravanBegan,
    CaravanEnded,
    DeskFellSilent,
    DeskHeardAgain,
    ShelterFellSilent,
    ShelterHeardAgain,
)
from services.audit.prose.sentence import Sentence
from services.audit.words import CARAVAN_END, CARAVAN_REASON, MEASURE, and_, in_mexico, y


def _desk_silent(event: DeskFellSilent) -> Sentence:
    es, en = MEASURE[event.measure]
    most_es = f" La más urgente es {event.urgency}." if event.urgency else ""
    most_en = f" The most urgent is {event.urgency}." if event.urgency else ""
    return Sentence(
        f"La mesa {event.desk} de {event.agency} está en silencio desde {in_mexico(event.since)}: {es}.{most_es}"
        f"{_of_caravan(event.caravan)[0]}",
        f"Desk {event.desk} of {event.agency} has been silent since {in_mexico(event.since)}: {en}.{most_en}"
        f"{_of_caravan(event.caravan)[1]}",
    )


def _desk_heard(event: DeskHeardAgain) -> Sentence:
    return Sentence(
        f"La mesa {event.desk} de {event.agency} volvió a responder el {in_mexico(event.heard_at)}; callaba desde "
        f"{in_mexico(event.since)}.",
        f"Desk {event.desk} of {event.agency} was heard again on {in_mexico(event.heard_at)}; it had been silent since "
        f"{in_mexico(event.since)}.",
    )


def _shelter_silent(event: ShelterFellSilent) -> Sentence:
    return Sentence(
        f"No se sabe nada del albergue {event.shelter} desde {in_mexico(event.since)}.{_of_caravan(event.caravan)[0]}",
        f"Nothing was heard from shelter {event.shelter} since {in_mexico(event.since)}."
        f"{_of_caravan(event.caravan)[1]}",
    )


def _shelter_heard(event: ShelterHeardAgain) -> Sentence:
    return Sentence(
        f"El albergue {event.shelter} dio señal el {in_mexico(event.heard_at)}; callaba desde "
        f"{in_mexico(event.since)}.",
        f"Shelter {event.shelter} gave a sign on {in_mexico(event.heard_at)}; it had been silent since "
        f"{in_mexico(event.since)}.",
    )


def _of_caravan(on: bool) -> tuple[str, str]:  # noqa: FBT001 - a word for yes, none for no
    return (" Rigen los umbrales del modo caravana.", " The thresholds of caravan mode hold.") if on else ("", "")


def _began(event: CaravanBegan) -> Sentence:
    es, en = CARAVAN_REASON[event.reason]
    where = [*event.states, *event.shelters] if not event.states else list(event.states)
    return Sentence(
        f"Se encendió el modo caravana para {y(where)} porque {es}, hasta {in_mexico(event.until)}: las familias van "
        f"juntas a una mesa y rigen otros umbrales, salvo para U0 (avisos {event.ladders}, silencio {event.silence}).",
        f"Caravan mode was turned on for {and_(where)} because {en}, until {in_mexico(event.until)}: families go "
        f"together to one desk, and other thresholds hold, except for U0 (ladders {event.ladders}, silence "
        f"{event.silence}).",
    )


def _ended(event: CaravanEnded) -> Sentence:
    es, en = CARAVAN_END[event.how]
    where = list(event.states) or list(event.shelters)
    return Sentence(f"Terminó el modo caravana para {y(where)}: {es}.", f"Caravan mode ended for {and_(where)}: {en}.")


TELLERS: Mapping[type[Event], Callable[[Any], Sentence]] = {
    DeskFellSilent: _desk_silent,
    DeskHeardAgain: _desk_heard,
    ShelterFellSilent: _shelter_silent,
    ShelterHeardAgain: _shelter_heard,
    CaravanBegan: _began,
    CaravanEnded: _ended,
}
