"""What an alert is: a desk, an urgency and a short code. Nothing in it could harm the person."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from events.contract import Event, Recorded
from events.notifications import AlertAnswered, AlertDelivered, AlertRaised
from events.referral import (
    ContactLost,
    DeletionConfirmed,
    EnteredInError,
    InfoRequested,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralCancelled,
    ReferralDeclined,
    ReferralFact,
    ReferralFailed,
    ReferralRerouted,
    ReferralWithdrawn,
    ServiceDelivered,
    ServiceScheduled,
    ServiceStarted,
)
from events.vocabulary import Agency, AlertAbout, Duty, Urgency
from services.chassis.identity import derived

_DIGITS = "23456789"  # without what is misread aloud: 0O 1IL U
_LETTERS = "ABCDEFGJKMNPQRSTVWXYZ"  # nor H: 72H would read as hours

STOPS: tuple[type[ReferralFact], ...] = (
    ReferralAcknowledged,
    InfoRequested,
    ReferralAccepted,
    ReferralDeclined,
    ReferralCancelled,
    ReferralWithdrawn,
    ContactLost,
    DeletionConfirmed,
    EnteredInError,
    ReferralRerouted,
    ServiceScheduled,
    ServiceStarted,
    ServiceDelivered,
    ReferralFailed,
)
"""Somebody acted, or there is nothing to act on any more."""


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


ABOUT = {
    AlertAbout.SILENCE: ("Hay un silencio por revisar", "There is a silence to look into"),
    AlertAbout.ACCESS: ("Hubo un acceso excepcional por revisar", "There was a break-glass access to look into"),
}


def text_of(urgency: Urgency, code: str, *, language: str = "es", about: str = AlertAbout.REFERRAL) -> str:
    """All that an alert ever says (domain.md §7.5). Of a silence it says neither whose it is nor since when."""
    if about != AlertAbout.REFERRAL:
        es, en = ABOUT[AlertAbout(about)]
        return f"{en if language == 'en' else es}, {'code' if language == 'en' else 'código'} {code}"
    if language == "en":
        return f"You have a pending {urgency} referral, code {code}"
    return f"Tiene una canalización {urgency} pendiente, código {code}"


def text_of_many(number: int, urgency: Urgency, language: str = "es") -> str:
    """What is said of several at once: how many, and the most urgent class."""
    if language == "en":
        return f"You have {number} pending referrals, the most urgent {urgency}"
    return f"Tiene {number} canalizaciones pendientes, la más urgente {urgency}"


def text_of_handover(notice: str, number: int, urgency: Urgency, language: str = "es") -> str:
    """What whoever hands a desk over (``given``), or takes it (``taken``), is told: how much is open, and how soon."""
    if language == "en":
        begins = "You take over the shift" if notice == "taken" else "You handed over the shift"
        return f"{begins} with {number} open referrals" + (f", the most urgent {urgency}" if number else "")
    begins = "Recibe la guardia" if notice == "taken" else "Entregó la guardia"
    return f"{begins} con {number} canalizaciones abiertas" + (f", la más urgente {urgency}" if number else "")


HANDED_OVER = {"es": "Entrega de guardia", "en": "Shift handover"}
SUBJECT = "Canalización pendiente"
"""The subject of an e-mail: the same for every alert."""
SUBJECTS = {"es": SUBJECT, "en": "Pending referral"}


def next_told(history: Sequence[Recorded[Event]]) -> Duty | None:
    """Who is told when nobody could be reached: the first duty that was not told since somebody last answered."""
    told: set[Duty] = set()
    for fact in history:
        if isinstance(fact.event, AlertAnswered):
            told.clear()
        elif isinstance(fact.event, AlertRaised):
            told.update(fact.event.duties)
    return next((duty for duty in (Duty.ON_CALL, Duty.SUPERVISOR, Duty.COORDINATOR) if duty not in told), None)


def is_reached(history: Sequence[Recorded[Event]]) -> bool:
    """Whether a channel took the alert since somebody last answered it."""
    reached = False
    for fact in history:
        if isinstance(fact.event, AlertAnswered):
            reached = False
        elif isinstance(fact.event, AlertDelivered):
            reached = True
    return reached


def after_failure(urgency: Urgency, attempt: int, way: int, ways: int) -> tuple[int, timedelta]:
    """Which channel is tried next and after how long: the next at once, after the last the first again, later."""
    if way < ways:
        return way + 1, timedelta(0)
    return 1, next_attempt(urgency, max(1, round(attempt / max(ways, 1))))


_FIRST = timedelta(seconds=5)
_FACTOR = 3
_LONGEST = {Urgency.U0: timedelta(minutes=1), Urgency.U1: timedelta(minutes=5)}
_LONGEST_OTHERWISE = timedelta(minutes=30)


def next_attempt(urgency: Urgency, attempt: int) -> timedelta:
    """How long to wait after a failed attempt: longer each time, but never long for what cannot wait."""
    longest = _LONGEST.get(urgency, _LONGEST_OTHERWISE)
    wait: timedelta = _FIRST * _FACTOR ** min(attempt - 1, 10)
    return min(wait, longest)
