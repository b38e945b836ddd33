"""The texts of alerts and shift handovers, in the contact's language: nothing that could harm the person."""

from events.vocabulary import AlertAbout, Urgency
from services.chassis.locales import SPANISH, catalogue

_WORDS = catalogue(__name__)
TEST = "test"
"""The notice of somebody who tests a channel of their own."""


def text_of(urgency: Urgency, code: str, *, language: str = SPANISH, about: str = AlertAbout.REFERRAL) -> str:
    """The whole text of an alert (domain.md §7.5). About a silence: neither whose it is nor since when."""
    say = _WORDS(language)
    return say(f"alert.about.{AlertAbout(about)}", urgency=urgency, code=code)


def text_of_many(
    number: int, urgency: Urgency, language: str = SPANISH, about: AlertAbout = AlertAbout.REFERRAL
) -> str:
    """The text for several alerts, about referrals or about other news: how many, and the most urgent class."""
    say = _WORDS(language)
    key = "alert.many" if about is AlertAbout.REFERRAL else "alert.many_other"
    return say(key, number=number, urgency=urgency)


def text_of_notice(notice: str, number: int, urgency: Urgency, language: str = SPANISH) -> str:
    """The text for a shift ``given`` or ``taken``: how many referrals are open, and the most urgent class.

    For a ``test`` of a channel: that it is one.
    """
    say = _WORDS(language)
    if notice == TEST:
        return say("alert.test")
    taken = notice == "taken"
    if number == 0:
        return say("alert.idle_shift_taken" if taken else "alert.idle_shift_given")
    return say.plural("alert.shift_taken" if taken else "alert.shift_given", number, urgency=urgency)


def mail_subject(notice: str | None = None, language: str = SPANISH) -> str:
    """The subject of an e-mail: one for all alerts, another for all shift handovers, one for tests."""
    say = _WORDS(language)
    if notice == TEST:
        return say("subject.test")
    return say("subject.alert" if notice is None else "subject.shift")
