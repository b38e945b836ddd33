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
    ALTERED_EVENTS = "altered_events"
    """Events of a log that are not as they were sealed."""
    LEDGER_INCONSISTENT = "ledger_inconsistent"
    """A log that does not continue what was sealed of it."""
    WITNESS_REFUSED = "witness_refused"
    """A witness that says that a log does not continue what it has seen of it."""


class AlarmScope(StrEnum):
    """What the acts of a burst have in common."""

    ONE_SENDER = "one_sender"
    """The same account or token; of sign-ins, the same account that somebody tries to enter."""
    ONE_PLACE = "one_place"
    """The same network address; of IPv6, the same /64."""
    EVERYWHERE = "everywhere"
    """Nothing: it is the sum over the whole installation."""


class Tampering(StrEnum):
    """What was done to a log that is not as it was sealed."""

    EDITED = "edited"
    """An event says something else."""
    MISSING = "missing"
    """Events were taken out."""
    EXTRA = "extra"
    """An event was put in that nobody recorded."""
    REORDERED = "reordered"
    """An event is at the position of another."""
    RENUMBERED = "renumbered"
    """Events moved up or down together, because some before them were taken out or put in."""
    SWAPPED = "swapped"
    """An event has the content, or sealed data, of another."""
    MISDATED = "misdated"
    """The time of recording beside an event is not the one that it says itself."""
    RESEALED = "resealed"
    """The stored hashes are not those that were signed: log and hashes were altered together."""


class RenewedSecret(StrEnum):
    """What of an installation's passwords and keys was replaced."""

    POSTGRES = "postgres"
    """The password of each service's database role."""
    POSTGRES_ADMIN = "postgres_admin"
    NATS = "nats"
    """The password of each service's NATS user."""
    NATS_ADMIN = "nats_admin"
    SHELTER_NATS = "shelter_nats"
    OPERATOR = "operator"
    """The token of the machine's own terminal."""
    STREAMS = "streams"
    """The secret subject of each log's stream, and the key that seals its messages."""
    LINKS = "links"
    ACCOUNTS = "accounts"
    TRANSIT = "transit"
    JETSTREAM = "jetstream"
