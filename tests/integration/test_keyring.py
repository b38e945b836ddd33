"""Keys are made once, are there before they are used, and open only with the key they were wrapped with."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from events.vocabulary import BoxClass
from services.chassis.clock import system_clock
from services.chassis.secrets.installation import Secrets
from services.chassis.vault.epochs import AnotherKeyFileError
from services.chassis.vault.key_ids import key_id
from services.chassis.vault.keyring import Keyring, LostKeyError
from tests.support.system.logs import as_admin, database_of
from tests.support.system.system import HANG

BOTH = tuple(BoxClass)


@dataclass(frozen=True)
class Vault:
    dsn: str
    secrets: Secrets

    @asynccontextmanager
    async def keyring(
        self, *kinds: BoxClass, service: str = "intake", epoch_key: bytes | None = None
    ) -> AsyncIterator[Keyring]:
        """A service's keyring for these classes."""
        database = database_of(self.dsn, self.secrets, service)
        epoch_keys = {
            kind: {1: epoch_key or base64.b64decode(self.secrets.epoch_keys[kind][1])} for kind in kinds or BOTH
        }
        keyring = Keyring(database, epoch_keys, system_clock)
        keyring.start()
        try:
            yield keyring
        finally:
            await keyring.stop()
            await database.close()


@pytest.fixture
def vault(database: str, secrets: Secrets) -> Vault:
    return Vault(database, secrets)


async def in_the_vault(vault: Vault) -> dict[UUID, bytes]:
    async with as_admin(vault.dsn) as admin:
        return {UUID(int=row["id"].int): row["wrapped"] for row in await admin.fetch("select * from vault.key")}


async def test_a_key_is_committed_before_it_is_handed_out(vault: Vault) -> None:
    person = uuid4()
    async with vault.keyring() as keyring:
        obtained = await keyring.obtain(person, BOTH)
        assert set(await in_the_vault(vault)) == {key_id(person, kind) for kind in BOTH}
    async with vault.keyring() as another:
        stored = await another.load(key.id for key in obtained.values())
    assert stored == {key.id: key.secret for key in obtained.values()}
    assert len(set(stored.values())) == 2
    assert {len(secret) for secret in stored.values()} == {32}


async def test_of_keys_made_at_once_the_first_is_everybodys(vault: Vault) -> None:
    async with vault.keyring() as one, vault.keyring() as other:
        for _ in range(10):
            person = uuid4()
            got = await asyncio.gather(*(ring.obtain(person, BOTH) for ring in (one, other, one, other)))
            for kind in BOTH:
                assert len({keys[kind].secret for keys in got}) == 1
            stored = await one.load(key_id(person, kind) for kind in BOTH)
            assert stored == {key.id: key.secret for key in got[0].values()}


async def test_many_at_once_for_the_same_people_in_any_order_wait_for_nobody(vault: Vault) -> None:
    people = [uuid4() for _ in range(30)]
    async with vault.keyring() as one, vault.keyring() as other, asyncio.timeout(HANG):
        forwards = [one.obtain(person, BOTH) for person in people]
        backwards = [other.obtain(person, tuple(reversed(BOTH))) for person in reversed(people)]
        got = await asyncio.gather(*forwards, *backwards)
    assert got[:30] == list(reversed(got[30:]))


async def test_obtained_again_it_is_the_same_key(vault: Vault) -> None:
    person = uuid4()
    async with vault.keyring() as keyring:
        assert await keyring.obtain(person, BOTH) == await keyring.obtain(person, BOTH)


@pytest.mark.parametrize("wrong", [b"w" * 32, None], ids=["another installation's key", "the other class's key"])
async def test_another_key_file_opens_nothing_and_seals_nothing(vault: Vault, wrong: bytes | None) -> None:
    person = uuid4()
    async with vault.keyring() as keyring:
        await keyring.obtain(person, [BoxClass.IDENTITY])
    epoch_key = wrong or base64.b64decode(vault.secrets.epoch_keys[BoxClass.SCREENING][1])
    async with vault.keyring(BoxClass.IDENTITY, epoch_key=epoch_key) as keyring:
        with pytest.raises(AnotherKeyFileError):
            await keyring.load([key_id(person, BoxClass.IDENTITY)])
        for somebody in (person, uuid4()):
            with pytest.raises(AnotherKeyFileError):
                await keyring.obtain(somebody, [BoxClass.IDENTITY])
    assert len(await in_the_vault(vault)) == 1


async def test_a_key_put_in_anothers_row_is_lost(vault: Vault) -> None:
    one, other = key_id(uuid4(), BoxClass.IDENTITY), uuid4()
    async with vault.keyring() as keyring:
        await keyring.obtain(other, [BoxClass.IDENTITY])
        async with as_admin(vault.dsn) as admin:
            await admin.execute("update vault.key set id = $1", one)
        with pytest.raises(LostKeyError):
            await keyring.load([one])


async def test_a_key_that_was_destroyed_is_not_there_and_no_fault(vault: Vault) -> None:
    person = uuid4()
    async with vault.keyring() as keyring:
        keys = await keyring.obtain(person, BOTH)
        async with as_admin(vault.dsn) as admin:
            await admin.execute("delete from vault.key where class = 'identity'")
        screening = keys[BoxClass.SCREENING]
        assert await keyring.load(key.id for key in keys.values()) == {screening.id: screening.secret}
        assert await keyring.load([]) == {}


async def test_referral_opens_the_screening_and_never_learns_of_the_identity(vault: Vault) -> None:
    person = uuid4()
    async with vault.keyring() as intake:
        keys = await intake.obtain(person, BOTH)
    wanted = [key.id for key in keys.values()]
    screening = keys[BoxClass.SCREENING]
    async with vault.keyring(BoxClass.SCREENING, service="referral") as referral:
        assert await referral.load(wanted) == {screening.id: screening.secret}
    async with vault.keyring(*BOTH, service="referral") as greedy:
        assert await greedy.load(wanted) == {screening.id: screening.secret}


async def test_no_secret_stands_in_the_vault_in_clear(vault: Vault) -> None:
    async with vault.keyring() as keyring:
        keys = await keyring.obtain(uuid4(), BOTH)
    wrapped = b"".join((await in_the_vault(vault)).values())
    assert not any(key.secret in wrapped for key in keys.values())


async def test_no_secret_is_shown_when_a_key_is(vault: Vault) -> None:
    async with vault.keyring() as keyring:
        (key,) = (await keyring.obtain(uuid4(), [BoxClass.IDENTITY])).values()
    assert repr(key.secret) not in repr(key)
