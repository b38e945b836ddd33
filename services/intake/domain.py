"""What intake decides, without doing anything: identities, receipts, and what the clocks tell."""

from datetime import datetime, timedelta
from uuid import UUID

from events.consent import ConsentReceipt
from services.chassis.identity import derived
from services.intake.submission import Submission
from services.intake.wordings import Wordings

NAMESPACE = UUID("5b0f9f0e-6d0c-5d2a-9a55-0c3f6f4e1a77")
"""Case ids are derived from the submission's, so that a repeat finds its case even half-way through."""

SKEW_FLAG = timedelta(minutes=5)
"""domain.md §4: a device's clock that is off by more is flagged."""

LATE = timedelta(days=1)
"""A record that comes in later than this was made offline or on paper: both times are shown."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without what is misread aloud or in handwriting: 0O 1IL U


def case_of(submission: UUID) -> UUID:
    """The pseudonymous case that a submission opens."""
    return derived(NAMESPACE, f"case:{submission}")


def subject_of(submission: UUID) -> UUID:
    """Whose keys the submission is sealed with."""
    return derived(NAMESPACE, f"subject:{submission}")


def receipt_of(opened: UUID) -> str:
    """What the shelter notes down: eight characters, the same for a repeat, that tell nothing by themselves."""
    number, letters = opened.int, ""
    for _ in range(8):
        number, index = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[index]
    return f"{letters[:4]}-{letters[4:]}"


def skew(submission: Submission, at: datetime) -> tuple[int | None, bool]:
    """How far the device's clock was off when it sent, in seconds, and whether that is too far."""
    if submission.sent_at is None:
        return None, False
    difference = at - submission.sent_at
    return round(difference.total_seconds()), abs(difference) > SKEW_FLAG


def late(submission: Submission, at: datetime) -> int:
    """How many seconds after it happened it was recorded, if that is more than a day; otherwise 0."""
    waited = at - submission.occurred_at
    return int(waited.total_seconds()) if waited > LATE else 0


def consents_of(submission: Submission, wordings: Wordings) -> tuple[ConsentReceipt, ...]:
    """The receipts a submission carries, each with an id of its own and the hash of the text it rests on."""
    return tuple(
        ConsentReceipt(
            receipt=derived(submission.submission_id, f"consent:{consent.recipient}"),
            recipient=consent.recipient,
            decision=consent.decision,
            purpose=consent.purpose,
            given_by=consent.given_by,
            fields=consent.fields or (),
            how=consent.how,
            wording_version=consent.wording_version,
            wording_sha256=None if consent.wording_version is None else wordings[consent.wording_version].sha256,
            asked_by=submission.worker,
            expires_at=consent.expires_at,
        )
        for consent in submission.consent
    )
