"""Capacity, silence, caravan mode and alerts."""

from enum import StrEnum


class Capacity(StrEnum):
    """Whether a shelter or a desk has room, as it said itself, for as long as it said it for."""

    CAPACITY = "capacity"
    NO_CAPACITY = "no_capacity"
    WAITLIST = "waitlist"
    ASSESSMENT_REQUIRED = "assessment_required"
    UNKNOWN_STALE = "unknown_stale"
    """Nobody said, or what was said is too old to count."""


class SilenceMeasure(StrEnum):
    """By which threshold a desk is called silent."""

    WAITING = "waiting"
    """A referral waits there unanswered for longer than such a desk takes."""
    IN_A_ROW = "in_a_row"
    """So many sent one after another went unanswered past their time to be acknowledged."""
    NOTHING_DECIDED = "nothing_decided"
    """Something is open there, and nobody has done anything for so many of its hours."""


class CaravanReason(StrEnum):
    """Why caravan mode was turned on."""

    CARAVAN = "caravan"
    """Many people arrive together."""
    MASS_RETURN = "mass_return"
    DISASTER = "disaster"
    SHELTER_CLOSED = "shelter_closed"
    """Others take in whom it sheltered."""
    OTHER = "other"


class CaravanEnd(StrEnum):
    """How caravan mode ended."""

    TURNED_OFF = "turned_off"
    RAN_OUT = "ran_out"


class AlertAbout(StrEnum):
    """What an alert asks somebody to look at."""

    REFERRAL = "referral"
    SILENCE = "silence"
    """A desk or a shelter that has gone quiet."""
    ACCESS = "access"
    """Somebody opened sealed data by break-glass."""
    CHANGE = "change"
    """Something that the desk was told has changed."""
    WAITING = "waiting"
    """A referral waits for a decision of the person, or for somebody who may decide."""
    ANSWER = "answer"
    """To the shelter: an agency decided, or reported what came of it."""
    QUESTION = "question"
    """To the shelter: a desk asks something."""
    EXPIRY = "expiry"
    """A consent, or the time of a desk, runs out or has run out."""
    OFFER = "offer"
    """An agency that was asked in another's stead can help, or all that were asked cannot."""
    OBLIGATION = "obligation"
    """A task that the law or the programme sets is due."""
    CONTEST = "contest"
    """Two people must decide whether a child's referral ends."""
    FREEZE = "freeze"
    """A withdrawal made with the slip waits for somebody to check it."""
    NOT_ROUTED = "not_routed"
    """A case was stored and could not be routed yet."""
    DELIVERY = "delivery"
    """No alert leaves by some channel."""
    MISUSE = "misuse"
    """Somebody tries a slip's word again and again, or opens by break-glass more than one person may."""
    RULES = "rules"
    """A shelter's telephone decided otherwise than the same rules here."""
    SECURITY = "security"
    """Much of what is watched came within a short time: somebody may be guessing or collecting."""
