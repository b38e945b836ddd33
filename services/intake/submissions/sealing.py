"""Seals a submission's personal data, bound to the position of its event in the log."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from events.contract import Event, Recorded
from events.intake import CaseOpened
from events.sealed import Box
from events.vocabulary import BoxClass
from services.chassis.vault.keyring import Key
from services.chassis.vault.sealing import Place, fingerprint, open_box, seal
from services.intake.submissions.document import Submission

Completion = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Merges the answers of a document with those that its shelter may not see."""


@dataclass(frozen=True, slots=True)
class SealedSubmission:
    """The sealed parts of a submission, for its event."""

    subject: UUID
    identity: Box | None
    screening: Box
    fingerprint: str


def seal_submission(
    submission: Submission,
    keys: Mapping[BoxClass, Key],
    stream: UUID,
    version: int,
    event: type[Event],
    *,
    complete: Completion | None = None,
) -> SealedSubmission:
    """Seals both boxes, each with its own key, and computes the fingerprint of the content.

    ``complete`` merges the answers with those hidden from the shelter.
    """

    def box(kind: BoxClass, content: bytes) -> Box:
        place = Place(stream, version, event.NAME, kind.value)
        return seal(content, key_id=keys[kind].id, key=keys[kind].secret, kind=kind, place=place)

    content = submission.content()
    screening = keys[BoxClass.SCREENING]
    answers = content.answers
    if complete is not None:
        answers = orjson.dumps(complete(orjson.loads(answers)), option=orjson.OPT_SORT_KEYS)
    return SealedSubmission(
        subject=screening.subject,
        identity=None if content.identity is None else box(BoxClass.IDENTITY, content.identity),
        screening=box(BoxClass.SCREENING, answers),
        fingerprint=_fingerprint(screening.secret, content.canonical),
    )


def is_content(stored: str, key: bytes, submission: Submission) -> bool:
    """Whether a stored fingerprint is of this submission's content."""
    content = submission.content()
    if hmac.compare_digest(stored, _fingerprint(key, content.canonical)):
        return True
    return content.as_sent is not content.canonical and hmac.compare_digest(stored, _fingerprint(key, content.as_sent))


def opened_answers(history: Sequence[Recorded[Event]], keys: Mapping[UUID, bytes]) -> dict[str, Any] | None:
    """The answers that a case was opened with; ``None`` without its key, or for another history."""
    opened = history[0] if history else None
    if opened is None or not isinstance(opened.event, CaseOpened):
        return None
    place = Place(opened.stream, opened.version, CaseOpened.NAME, BoxClass.SCREENING.value)
    return open_box(opened.event.screening, place, keys)


def _fingerprint(key: bytes, canonical: bytes) -> str:
    return urlsafe_b64encode(fingerprint(key, canonical)).decode()
