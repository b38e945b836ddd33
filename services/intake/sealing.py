"""Seals what a submission says about a person, for the place its event will have."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from events.contract import Event
from events.sealed import Box
from events.vocabulary import BoxClass
from services.chassis.boxes import Place, fingerprint, seal
from services.chassis.keyring import Key
from services.intake.submission import Submission


@dataclass(frozen=True, slots=True)
class Sealed:
    """A submission as an event carries it."""

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
    carried: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
) -> Sealed:
    """Both boxes, each under its own key, and the fingerprint of what was sent.

    ``carried`` adds to the answers what was said elsewhere before.
    """

    def box(kind: BoxClass, content: bytes) -> Box:
        place = Place(stream, version, event.NAME, kind.value)
        return seal(content, key_id=keys[kind].id, key=keys[kind].secret, kind=kind, place=place)

    content = submission.content()
    screening = keys[BoxClass.SCREENING]
    answers = content.answers
    if carried is not None:
        answers = orjson.dumps(carried(orjson.loads(answers)), option=orjson.OPT_SORT_KEYS)
    return Sealed(
        subject=screening.subject,
        identity=None if content.identity is None else box(BoxClass.IDENTITY, content.identity),
        screening=box(BoxClass.SCREENING, answers),
        fingerprint=_fingerprint(screening.secret, content.canonical),
    )


def fingerprint_of(key: bytes, submission: Submission) -> str:
    """Tells the same submission from another; means nothing once the key is destroyed."""
    return _fingerprint(key, submission.content().canonical)


def _fingerprint(key: bytes, canonical: bytes) -> str:
    return urlsafe_b64encode(fingerprint(key, canonical)).decode()
