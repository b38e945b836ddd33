"""Derives case ids, consents and delays from a submission. Pure functions."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from events.consent import ConsentReceipt
from services.chassis.clock import MAX_SKEW
from services.chassis.ids import uuid5
from services.intake.submissions.document import Submission
from services.intake.wordings import Wordings

NAMESPACE = UUID("5b0f9f0e-6d0c-5d2a-9a55-0c3f6f4e1a77")
"""Case ids are derived from the submission's id, so that a repetition leads to the same case."""


LATE_AFTER = timedelta(days=1)
"""A record received later than this was made offline or on paper; both times are shown."""


class CaseChange(StrEnum):
    """What changed last in a case, as its shelter's list says it."""

    REGISTERED = "registered"
    AMENDED = "amended"
    CONSENT_RECORDED = "consent_recorded"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    HANDED_OVER = "handed_over"
    WITHDRAWAL_FROZEN = "withdrawal_frozen"
    WITHDRAWAL_CHECKED = "withdrawal_checked"
    REFERRAL = "referral"
    """A referral took a step."""


def case_of(submission: UUID) -> UUID:
    """The id of the case that a submission opens."""
    return uuid5(NAMESPACE, f"case:{submission}")


def subject_of(submission: UUID) -> UUID:
    """The pseudonymous id of the person whose keys seal the submission."""
    return uuid5(NAMESPACE, f"subject:{submission}")


def clock_skew(submission: Submission, at: datetime) -> tuple[int | None, bool]:
    """Seconds by which the device's clock was behind when it sent, and whether a clock is off by over ``MAX_SKEW``.

    Without ``sent_at`` only a clock that is ahead can be recognised: nothing happens after it was recorded.
    """
    ahead = submission.occurred_at - at
    if submission.sent_at is None:
        return (-round(ahead.total_seconds()), True) if ahead > MAX_SKEW else (None, False)
    difference = at - submission.sent_at
    return round(difference.total_seconds()), max(abs(difference), ahead) > MAX_SKEW


def late_seconds(submission: Submission, at: datetime) -> int:
    """Seconds between the event and its record if more than a day, otherwise 0."""
    waited = at - submission.occurred_at
    return int(waited.total_seconds()) if waited > LATE_AFTER else 0


def consents_of(submission: Submission, wordings: Wordings) -> tuple[ConsentReceipt, ...]:
    """The consent receipts of a submission, each with its id and the hash of the text it names."""
    return tuple(
        ConsentReceipt(
            receipt=uuid5(submission.submission_id, f"consent:{consent.recipient}"),
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
            until=consent.until,
        )
        for consent in submission.consent
    )
