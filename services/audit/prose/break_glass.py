"""How exceptional access is told."""

from collections.abc import Callable, Mapping
from typing import Any

from events.break_glass import BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed
from events.contract import Event
from services.audit.prose.sentence import Sentence
from services.audit.words import OVERRIDE, VERDICT, in_mexico
from services.chassis.access import EVERYWHERE
from services.chassis.roles import ROLE


def _opened(event: BreakGlassOpened) -> Sentence:
    es, en = OVERRIDE[event.basis]
    who_es = who_en = event.opened_for
    if event.opened_for == EVERYWHERE:
        who_es, who_en = "la coordinación del programa", "the programme's coordination"
    return Sentence(
        f"Acceso excepcional de {who_es} a los datos de la canalización a {event.agency}: {es}. Dura hasta "
        f"{in_mexico(event.until)}; otra persona debe revisarlo antes de {in_mexico(event.review_by)}.",
        f"Break-glass access of {who_en} to the data of the referral to {event.agency}: {en}. It lasts until "
        f"{in_mexico(event.until)}; another person must review it by {in_mexico(event.review_by)}.",
    )


def _reviewed(event: BreakGlassReviewed) -> Sentence:
    es, en = VERDICT[event.verdict]
    role_es, role_en = ROLE[event.reviewed_as]
    return Sentence(
        f"Otra persona ({role_es}) revisó el acceso excepcional a la canalización a {event.agency}: {es}.",
        f"Another person ({role_en}) reviewed the break-glass access to the referral to {event.agency}: {en}.",
    )


def _unreviewed(event: BreakGlassUnreviewed) -> Sentence:
    return Sentence(
        f"Nadie revisó a tiempo el acceso excepcional a la canalización a {event.agency}; se avisó a la coordinación "
        "del programa.",
        f"Nobody reviewed the break-glass access to the referral to {event.agency} in time; the programme's "
        "coordination was told.",
    )


TELLERS: Mapping[type[Event], Callable[[Any], Sentence]] = {
    BreakGlassOpened: _opened,
    BreakGlassReviewed: _reviewed,
    BreakGlassUnreviewed: _unreviewed,
}
