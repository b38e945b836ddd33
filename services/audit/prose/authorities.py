"""How what concerns authorities is told."""

from collections.abc import Callable, Mapping
from typing import Any

from events.authorities import (
    AuthorityDemandAnswered,
    AuthorityDemandRecorded,
    RestrictedContactAuthorised,
    RestrictedContactRequested,
    RestrictedContactWithdrawn,
)
from events.contract import Event
from services.audit.prose.sentence import Sentence
from services.audit.words import ANSWER, AUTHORITY, DEMANDED, PURPOSE, RESTRICTED
from services.chassis.roles import ROLE


def _wished(event: RestrictedContactRequested) -> Sentence:
    who_es, who_en = RESTRICTED[event.recipient]
    why_es, why_en = PURPOSE[event.purpose]
    return Sentence(
        f"La persona pidió por escrito contacto con {who_es}, para {why_es} (texto {event.wording_version}); lo "
        f"registró {event.requested_by}. Nada se envió: falta que otra persona lo autorice en 24 horas.",
        f"The person asked in writing for contact with {who_en}, for {why_en} (text {event.wording_version}); recorded "
        f"by {event.requested_by}. Nothing was sent: another person must authorise it within 24 hours.",
    )


def _authorised(event: RestrictedContactAuthorised) -> Sentence:
    who_es, who_en = RESTRICTED[event.recipient]
    role_es, role_en = ROLE[event.authorised_as]
    return Sentence(
        f"Otra persona, {event.authorised_by} ({role_es}), autorizó lo que registró {event.requested_by}: que alguien "
        f"hable con {who_es}. "
        "El sistema no envió nada.",
        f"Another person, {event.authorised_by} ({role_en}), authorised what {event.requested_by} recorded: that "
        f"somebody speak to {who_en}. "
        "The system sent nothing.",
    )


def _took_back(event: RestrictedContactWithdrawn) -> Sentence:
    who_es, who_en = RESTRICTED[event.recipient]
    return Sentence(
        f"La persona ya no quiere contacto con {who_es}; lo registró {event.recorded_by}. Nadie debe hacerlo.",
        f"The person no longer wants contact with {who_en}; recorded by {event.recorded_by}. Nobody may make it.",
    )


def _demanded(event: AuthorityDemandRecorded) -> Sentence:
    who_es, who_en = AUTHORITY[event.authority]
    what_es, what_en = DEMANDED[event.demanded]
    order_es = "con orden judicial" if event.court_order else "sin orden judicial"
    order_en = "with a court order" if event.court_order else "without a court order"
    return Sentence(
        f"{who_es} requirió {what_es} a {event.came_to}, {order_es}; lo registró {event.recorded_by}.",
        f"{who_en} demanded {what_en} of {event.came_to}, {order_en}; recorded by {event.recorded_by}.",
    )


def _answered(event: AuthorityDemandAnswered) -> Sentence:
    what_es, what_en = ANSWER[event.answer]
    role_es, role_en = ROLE[event.answered_as]
    return Sentence(
        f"Al requerimiento que llegó a {event.came_to}, {what_es}: {event.answered_by} ({role_es}).",
        f"On the demand that came to {event.came_to}, {what_en}: {event.answered_by} ({role_en}).",
    )


TELLERS: Mapping[type[Event], Callable[[Any], Sentence]] = {
    RestrictedContactRequested: _wished,
    RestrictedContactAuthorised: _authorised,
    RestrictedContactWithdrawn: _took_back,
    AuthorityDemandRecorded: _demanded,
    AuthorityDemandAnswered: _answered,
}
