"""Keyed digests (blind index) by which two cases of one person or one family are found.

They are stored in the vault beside the person's key and deleted with it. A plain hash of a name would survive erasure,
and names can be guessed from hashes; the key of these digests is not in the database.

Only cases that one shelter recorded are compared, so the digests of two shelters have nothing in common: a stolen vault
does not tell where else a person was (ADR 0029).
"""

import hashlib
import hmac
from dataclasses import dataclass
from unicodedata import digit
from uuid import UUID

from services.chassis.text import normalise
from services.intake.submissions.document import Submission
from services.intake.submissions.fillers import is_filler, is_filler_code

MIN_PHONE_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Digests:
    """16 bytes each; ``None``: not answered, or too little to compare."""

    family: bytes | None = None
    name: bytes | None = None
    """Of name and birth date together, because many people share a name."""
    document: bytes | None = None
    phone: bytes | None = None

    def row(self, key: UUID, case: UUID) -> tuple[UUID, UUID, bytes | None, bytes | None, bytes | None, bytes | None]:
        """The values in the order of the table's columns."""
        return (key, case, self.family, self.name, self.document, self.phone)


NO_DIGESTS = Digests()


def digests(key: bytes, submission: Submission, registered_at: str) -> Digests:
    """The digests of a submission, for comparing it with others of the shelter that recorded it.

    A family code is that of the shelter where the case was registered, ``registered_at``, whoever amends it.
    """
    family, person = submission.screening.family_group, submission.person
    name = birth = document = phone = None
    if person is not None:
        birth = person.birth_date
        name, document, phone = map(_value, (person.name, person.document, person.phone))
    numbers = "".join(str(digit(one)) for one in phone or "" if one.isdigit())
    numbers = "" if is_filler(numbers) else numbers  # beside a filler there may be words
    papers = "".join(one for one in normalise(document or "") if one.isalnum())

    def keyed(kind: str, *values: str) -> bytes:
        return hmac.digest(key, "\x00".join((kind, *values)).encode(), hashlib.sha256)[:16]

    def here(kind: str, *values: str) -> bytes | None:
        return at_shelter(keyed(kind, *values), submission.shelter)

    return Digests(
        family=keyed("family", registered_at, family) if family and not is_filler_code(family) else None,
        name=here("name", normalise(name), birth) if name and birth else None,
        document=here("document", papers) if papers else None,
        phone=here("phone", numbers) if len(numbers) >= MIN_PHONE_DIGITS else None,
    )


def at_shelter(digest: bytes | None, shelter: str) -> bytes | None:
    """A keyed digest as one shelter's. Migration 0011 computes the same from those of before, without the key."""
    return None if digest is None else hashlib.sha256(digest + shelter.encode()).digest()[:16]


def _value(written: str | None) -> str | None:
    """What was written, if it says something."""
    return None if written is None or is_filler(written) else written
