"""What could not be taken in is kept, sealed, so that nothing a shelter sent is lost; sent twice it is kept once."""

import zlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from events.intake import Fault, SubmissionRefused
from events.vocabulary import BoxClass
from services.chassis.access import Principal
from services.chassis.boxes import Place, fingerprint, seal
from services.chassis.clock import Clock
from services.chassis.errors import VersionConflictError
from services.chassis.identity import derived
from services.chassis.keyring import Keyring
from services.chassis.log import Append, Log
from services.chassis.workspace import Workspace
from services.intake.domain import NAMESPACE, subject_of

MOST_FAULTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Keeps refused submissions. They are in no read model: whoever corrects one sends it again."""

    log: Log
    keyring: Keyring
    clock: Clock

    async def keep(self, raw: bytes, principal: Principal, code: str, faults: Sequence[tuple[str, str]]) -> None:
        """Records one, under the key of the person it is about, if it says which submission it is."""
        subject = subject_of(_submission_id(raw) or derived(NAMESPACE, f"nobody:{principal.org}"))
        key = (await self.keyring.obtain(subject, [BoxClass.IDENTITY]))[BoxClass.IDENTITY]
        # The id is a keyed digest of the content: the same again is recognised, and nobody can guess from it.
        stream = UUID(bytes=fingerprint(key.secret, f"{code}\x00{principal.org}\x00".encode() + raw)[:16])
        workspace = Workspace(self.log, self.clock)
        workspace.begin(stream)
        content = {"zlib": b64encode(zlib.compress(raw, 9)).decode()}
        event = SubmissionRefused(
            org=principal.org,
            code=code,
            faults=tuple(Fault(field=field, code=fault) for field, fault in faults[:MOST_FAULTS]),
            subject=subject,
            document=seal(
                content,
                key_id=key.id,
                key=key.secret,
                kind=BoxClass.IDENTITY,
                place=Place(stream, 1, SubmissionRefused.NAME, "document"),
            ),
        )
        workspace.record(stream, event, case=None, actor=principal.actor, cause=stream)
        try:
            await self.log.append(Append(entries=workspace.entries, command=stream))
        except VersionConflictError:
            return  # kept already, by the same request sent twice at once


def _submission_id(raw: bytes) -> UUID | None:
    try:
        document: Any = from_json(raw)
        return UUID(document["submission_id"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
