"""Loads a case from intake's log, with the keys of its answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import PersonErased
from services.chassis.errors import ErasedError, KeysLostError, UnreadableContentError
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.eventlog.upstream import Upstream
from services.chassis.vault.keyring import Keyring
from services.referral.case_file.domain import CaseFile, read_case, screening_keys


@dataclass(frozen=True, slots=True)
class CaseFiles:
    """The cases of intake's log."""

    intake: Upstream
    keyring: Keyring

    async def history(self, case: UUID) -> list[Recorded[Event]]:
        """The facts of a case, oldest first; only what is sealed in them needs a key."""
        return (await self.intake.streams([case]))[case]

    async def load(self, case: UUID, work: UnitOfWork, *keys: UUID) -> CaseFile:
        """The file of a case as it is now. Adds its keys, and the other ``keys``, to the unit of work.

        Raises:
            ErasedError: the person's data were erased.
            KeysLostError: their keys were lost.
        """
        return await self.open(await self.history(case), work, *keys)

    async def open(self, facts: Sequence[Recorded[Event]], work: UnitOfWork, *keys: UUID) -> CaseFile:
        """Like ``load``, of facts that were read before, so that the caller can check first who may open them.

        Raises:
            ErasedError: the person's data were erased.
            KeysLostError: their keys were lost.
        """
        work.keys.update(await self.keyring.load([*keys, *screening_keys(facts)]))
        file = read_case(facts, work.keys)
        if file is None:
            raise await self._absence(facts)
        return file

    async def _absence(self, facts: Sequence[Recorded[Event]]) -> UnreadableContentError:
        """Why the answers of a case cannot be opened."""
        if any(isinstance(fact.event, PersonErased) for fact in facts):
            return ErasedError()
        return await self.keyring.absence(screening_keys(facts)[-1]) if screening_keys(facts) else KeysLostError()
