"""What people change about their own account: password, recovery codes, which sessions go on, language and clock."""

from uuid import UUID

from services.chassis.errors import MalformedRequestError, NotFoundError
from services.chassis.identity.commands import (
    Caller,
    SecondFactorError,
    SessionStarted,
    SignInFailedError,
    SigningIn,
    check_length,
)
from services.chassis.identity.policy import Stage
from services.chassis.identity.store import Session
from services.chassis.identity.zones import ZONES
from services.chassis.locales import COMPLETE


class AccountCommands:
    """Changes the caller's own account. Whoever has only the session can change nothing by it."""

    def __init__(self, signing_in: SigningIn) -> None:
        """Counts attempts, and starts sessions, as signing in does."""
        self._signing_in = signing_in
        self._accounts = signing_in.accounts

    async def prove(
        self, session: Session, secret: str, *, password: str | None = None, code: str | None = None
    ) -> SessionStarted:
        """Checks the password or a code again; it counts for ``PROOF_LIFETIME``. The session gets a new secret.

        Raises:
            SignInFailedError: it is wrong, or neither was given.
            TooManyAttemptsError: nothing was checked.
            BusyError: too many are being checked.
        """
        if code is not None:
            await self._signing_in.check_code(session.person, code)
            await self._signing_in.forget(self._signing_in.code_count(session.person))
        elif password is not None:
            await self._checked(session, password)
        else:
            raise SignInFailedError
        renewed = await self._accounts.prove(secret, self._signing_in.now())
        if renewed is None:
            raise SignInFailedError
        return SessionStarted(renewed, session.stage)

    async def change_password(self, session: Session, present: str, new: str, caller: Caller) -> SessionStarted:
        """Changes the password, and ends every session. Returns a new one.

        Raises:
            SignInFailedError: the present password is wrong, or was changed meanwhile.
            WeakPasswordError: the new one is too short or too long; the old one stays.
            GuessablePasswordError: somebody would try the new one first; likewise.
            TooManyAttemptsError: nothing was checked.
            BusyError: too many are being checked.
        """
        check_length(new, session.person)
        checked = await self._checked(session, present)
        stored = await self._signing_in.hashed_if_good(new, session.person, session.org)
        if not await self._accounts.change_password(session.person, checked, stored, self._signing_in.now()):
            raise SignInFailedError
        return await self._signing_in.begin(session.person, Stage.FULL, caller)

    async def replace_recovery_codes(self, session: Session, secret: str) -> list[str]:
        """Makes new recovery codes; the old ones, and the person's other sessions, end.

        Raises:
            ProofNeededError: whoever has the session has not proved again who they are.
            SecondFactorError: there is no second factor.
        """
        await self._signing_in.require_proof(secret)
        codes, stored = self._signing_in.new_recovery_codes(session.person)
        if not await self._accounts.replace_recovery_codes(session.person, stored, self._signing_in.now()):
            raise SecondFactorError
        await self._accounts.end_others(secret, self._signing_in.now())
        return codes

    async def end_session(self, secret: str, which: UUID, own: UUID) -> None:
        """Ends one of the person's sessions. Their ``own`` needs no proof: that is signing out.

        Raises:
            ProofNeededError: whoever has the session has not proved again who they are.
            NotFoundError: the person has no such session.
        """
        if which != own:
            await self._signing_in.require_proof(secret)
        if not await self._accounts.end(secret, self._signing_in.now(), which):
            raise NotFoundError

    async def end_others(self, secret: str) -> int:
        """Ends every session of the person but this one. Returns how many there were.

        Raises:
            ProofNeededError: whoever has the session has not proved again who they are.
        """
        await self._signing_in.require_proof(secret)
        return await self._accounts.end_others(secret, self._signing_in.now())

    async def choose_pages(self, session: Session, language: str, time_zone: str) -> None:
        """Stores in which language and by which clock the person's pages are written.

        Raises:
            MalformedRequestError: there are no pages in that language, or the zone is none that is offered.
            NotFoundError: the account was disabled meanwhile.
        """
        if language not in COMPLETE or time_zone not in (*ZONES, session.time_zone):
            raise MalformedRequestError
        if not await self._accounts.choose_pages(session.person, language, time_zone):
            raise NotFoundError

    async def _checked(self, session: Session, password: str) -> str:
        """The stored hash that the person's password fits."""
        await self._signing_in.count([self._signing_in.proof_count(session.person)])
        found = await self._accounts.credential(session.person, bytes(32))
        right = await self._signing_in.passwords.fits(password, found.password if found else None)
        if found is None or found.password is None or not right or not found.active:
            raise SignInFailedError
        await self._signing_in.forget(self._signing_in.proof_count(session.person))
        return found.password
