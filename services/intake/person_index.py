"""Keyed digests of what two cases of one person, or of one family, have in common.

They live in the vault beside the person's key, and die with it: a plain hash of a name would survive erasure, and
names can be guessed from hashes. The key they are made with is not in the database.
"""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.chassis.rows import Rows
from services.intake.slip_code import folded
from services.intake.submission import Submission

PURPOSE = b"canaliza person index v1"
SHORTEST_PHONE = 7
INSERT = """
insert into vault.person_index (id, case_id, family, name, document, phone)
select * from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[])
on conflict (id) do nothing returning id
"""
CHANGE = """
insert into vault.person_index (id, case_id, family, name, document, phone) values ($1, $2, $3, $4, $5, $6)
on conflict (id) do update set family = excluded.family, name = excluded.name, document = excluded.document,
  phone = excluded.phone
"""


@dataclass(frozen=True, slots=True)
class Digests:
    """16 bytes each; ``None``: it was not said, or says too little."""

    family: bytes | None = None
    name: bytes | None = None
    """Of name and birth date together: a name alone is many people's."""
    document: bytes | None = None
    phone: bytes | None = None

    def row(self, key: UUID, case: UUID) -> tuple[UUID, UUID, bytes | None, bytes | None, bytes | None, bytes | None]:
        """In the order of ``INSERT``."""
        return (key, case, self.family, self.name, self.document, self.phone)


NOTHING = Digests()


def digests(key: bytes, submission: Submission, registered_at: str) -> Digests:
    """Of a submission. A family's link means something at the shelter that made it up, and nowhere else."""
    family, person = submission.screening.family_group, submission.person
    name = birth = document = phone = None
    if person is not None:
        name, birth, document, phone = person.name, person.birth_date, person.document, person.phone
    numbers = "".join(one for one in phone or "" if one.isdigit())
    papers = "".join(one for one in folded(document or "") if one.isalnum())

    def digest(kind: str, *said: str) -> bytes | None:
        return hmac.digest(key, "\x00".join((kind, *said)).encode(), hashlib.sha256)[:16]

    return Digests(
        family=digest("family", registered_at, family) if family else None,
        name=digest("name", folded(name), birth) if name and birth else None,
        document=digest("document", papers) if papers else None,
        phone=digest("phone", numbers) if len(numbers) >= SHORTEST_PHONE else None,
    )


def rows_of(found: Digests, key: UUID, case: UUID) -> Rows:
    """As they are committed with the case that they are of; none where there is nothing to compare."""
    return {} if found == NOTHING else {INSERT: [found.row(key, case)]}


async def change(connection: asyncpg.Connection, found: Digests, key: UUID, case: UUID) -> None:
    """The answers were amended, or the key was there already."""
    await connection.execute(CHANGE, *found.row(key, case))
