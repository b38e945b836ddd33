"""What is watched for bursts, and how far a burst reaches."""

from enum import StrEnum


class Watched(StrEnum):
    """What raises an alarm when much of it comes within a short time."""

    SIGN_IN_GUESSES = "sign_in_guesses"
    """Passwords, one-time codes and second steps that were wrong, or came too fast to be looked at."""
    SLIP_GUESSES = "slip_guesses"
    """Codes and words of slips that were wrong, or came too fast to be looked at."""
    FORBIDDEN_REQUESTS = "forbidden_requests"
    """Requests for what the sender's role or token never allows, or for more than one sender may."""
    UNKNOWN_CREDENTIALS = "unknown_credentials"
    """Requests with a token or session that is not, or no longer, valid, or with none."""
    EXCEPTIONAL_ACCESSES = "exceptional_accesses"
    """Referrals opened by break-glass."""
    DUPLICATE_SEARCHES = "duplicate_searches"
    """Lists of look-alikes that were read."""
    FOREIGN_MESSAGES = "foreign_messages"
    """Messages in a log's stream that its owner did not write."""


class AlarmScope(StrEnum):
    """What the acts of a burst have in common."""

    ONE_SENDER = "one_sender"
    """The same account or token; of sign-ins, the same account that somebody tries to enter."""
    ONE_PLACE = "one_place"
    """The same network address; of IPv6, the same /64."""
    EVERYWHERE = "everywhere"
    """Nothing: it is the sum over the whole installation."""
