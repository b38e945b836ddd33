"""What an alert is: a desk, an urgency and a short code. Nothing in it could harm the person."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertRaised
from events.vocabulary import Agency, AlertAbout, Urgency
from services.chassis.identity import derived

_DIGITS = "23456789"  # without what is misread aloud: 0O 1IL U
_LETTERS = "ABCDEFGJKMNPQRSTVWXYZ"  # nor H: 72H would read as hours


def alert_of(referral: UUID) -> UUID:
    """The alert of a referral: one, however often it is asked for."""
    return derived(referral, "alert")


def alert_to(referral: UUID, asked: Agency) -> UUID:
    """The alert of another agency's desk, which is asked in the stead of the referral's own."""
    return derived(referral, f"alert/{asked}")


def is_answered(history: Sequence[Recorded[Event]]) -> bool:
    """Whether somebody acted since the alert was last raised."""
    told = [fact.event for fact in history if isinstance(fact.event, AlertRaised | AlertAnswered)]
    return bool(told) and isinstance(told[-1], AlertAnswered)


def code_of(referral: UUID) -> str:
    """Four characters by which a desk finds the referral after signing in; by itself it says nothing.

    Never two letters together: by chance they would spell a category (VSG, PEAS) or a country (GTM).
    """
    number, code = derived(referral, "code").int, ""
    for _ in range(4):
        alphabet = _DIGITS if code[-1:].isalpha() else _DIGITS + _LETTERS
        number, index = divmod(number, len(alphabet))
        code += alphabet[index]
    return code


def text_of(urgency: Urgency, code: str, about: str = AlertAbout.REFERRAL) -> str:
    """All that an alert ever says (domain.md §7.5). Of a silence it says neither whose it is nor since when."""
    if about == AlertAbout.SILENCE:
        return f"Hay un silencio por revisar, código {code}"
    if about == AlertAbout.ACCESS:
        return f"Hubo un acceso excepcional por revisar, código {code}"
    return f"Tiene una canalización {urgency} pendiente, código {code}"


SUBJECT = "Canalización pendiente"
"""The subject of an e-mail: the same for every alert."""

_FIRST = timedelta(seconds=5)
_FACTOR = 3
_LONGEST = {Urgency.U0: timedelta(minutes=1), Urgency.U1: timedelta(minutes=5)}
_LONGEST_OTHERWISE = timedelta(minutes=30)


def next_attempt(urgency: Urgency, attempt: int) -> timedelta:
    """How long to wait after a failed attempt: longer each time, but never long for what cannot wait."""
    longest = _LONGEST.get(urgency, _LONGEST_OTHERWISE)
    wait: timedelta = _FIRST * _FACTOR ** min(attempt - 1, 10)
    return min(wait, longest)
