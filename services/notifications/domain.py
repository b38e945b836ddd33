"""What an alert is: a desk, an urgency and a short code. Nothing in it could harm the person."""

from uuid import UUID, uuid5

from events.vocabulary import Urgency

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without what is misread aloud: 0O 1IL U


def alert_of(referral: UUID) -> UUID:
    """The alert of a referral: one, however often it is asked for."""
    return uuid5(referral, "alert")


def code_of(referral: UUID) -> str:
    """Four characters by which a desk finds the referral after signing in; by itself it says nothing."""
    number, letters = uuid5(referral, "code").int, ""
    for _ in range(4):
        number, index = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[index]
    return letters


def text_of(urgency: Urgency, code: str) -> str:
    """All that an alert ever says (domain.md §7.5)."""
    return f"Tiene una canalización {urgency} pendiente, código {code}"
