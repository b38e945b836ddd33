"""A person's decision about one recipient, as a receipt: consent is a capability, without it nothing is sent."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from events.contract import Value
from events.vocabulary import Agency, ConsentDecision, ConsentForm, ConsentGiver, ConsentPurpose


class ConsentReceipt(Value):
    """One recipient, one decision. ``fields`` are names of answers (or ``all``), never the answers."""

    receipt: UUID
    recipient: Agency
    decision: ConsentDecision
    purpose: ConsentPurpose
    given_by: ConsentGiver
    fields: tuple[str, ...] = ()
    how: ConsentForm | None = None
    wording_version: str | None = None
    wording_sha256: str | None = Field(default=None, min_length=64, max_length=64)
    """SHA-256 (hex) of the text that was read to the person or signed; older receipts have none."""
    asked_by: str | None = None
    """The code of the worker who asked, never a name."""
    expires_at: datetime | None = None
    until: datetime | None = None
    """Of ``wants_time``: when the person said that they would decide."""
