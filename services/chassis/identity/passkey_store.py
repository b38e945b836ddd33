"""Passkeys and their challenges in PostgreSQL, through the functions of the schema ``accounts``."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.identity.passkeys import NewPasskey, Purpose, StoredPasskey
from services.chassis.identity.policy import CHALLENGE_LIFETIME, MAX_CHALLENGES, MAX_PASSKEYS
from services.chassis.identity.store import AccountsSchema


@dataclass(frozen=True, slots=True)
class OwnPasskey:
    """What a person sees of a passkey of theirs."""

    id: UUID
    credential: bytes
    name: str
    created_at: datetime
    used_at: datetime | None


class PasskeyStore(AccountsSchema):
    """One method for each function."""

    async def begin(self, challenge: bytes, bound_to: bytes, purpose: Purpose, at: datetime) -> None:
        """Stores the hash of a challenge, bound to the hash of a session's or browser's secret."""
        statement = "select accounts.begin_passkey($1, $2, $3, $4, $5, $6)"
        until = at + CHALLENGE_LIFETIME
        await self._value(statement, challenge, bound_to, purpose.value, at, until, MAX_CHALLENGES)

    async def take(self, challenge: bytes, bound_to: bytes, purpose: Purpose, at: datetime) -> bool:
        """Removes a challenge; false: it was not given for this purpose in this session or browser, or is too old."""
        statement = "select accounts.take_passkey($1, $2, $3, $4)"
        return bool(await self._value(statement, challenge, bound_to, purpose.value, at))

    async def add(self, passkey: UUID, person: str, made: NewPasskey, name: str, at: datetime) -> bool:
        """Adds a passkey; false: the person has as many as they may, or that one is somebody's already."""
        statement = "select accounts.add_passkey($1, $2, $3, $4, $5, $6, $7, $8)"
        parts = (made.credential, made.public_key, made.uses)
        return bool(await self._value(statement, passkey, person, *parts, name, MAX_PASSKEYS, at))

    async def of_person(self, person: str) -> list[OwnPasskey]:
        """A person's passkeys, the oldest first."""
        rows = await self._rows("select * from accounts.passkeys_of($1)", person)
        return [OwnPasskey(**{**row, "id": UUID(int=row["id"].int)}) for row in rows]

    async def find(self, credential: bytes) -> StoredPasskey | None:
        """The passkey of a credential; ``None``: there is none, or its person is disabled."""
        row = await self._row("select * from accounts.passkey_of($1)", credential)
        return None if row is None else StoredPasskey(**dict(row))

    async def use(self, credential: bytes, uses: int, at: datetime) -> bool:
        """Records a use; false: the counter has not grown since, or the passkey was removed."""
        return bool(await self._value("select accounts.use_passkey($1, $2, $3)", credential, uses, at))

    async def remove(self, person: str, passkey: UUID, at: datetime) -> bool:
        """Removes one of the person's passkeys; false: they have no such."""
        return bool(await self._value("select accounts.remove_passkey($1, $2, $3)", person, passkey, at))
