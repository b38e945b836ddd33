"""Signing in, step by step. Whether an account exists, no answer and no waiting time says."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from services.chassis.accounts import second_factor
from services.chassis.accounts.passwords import Passwords
from services.chassis.accounts.policy import (
    FREE_OF_ACCOUNT,
    FREE_OF_ADDRESS,
    HALF,
    LONGEST_OF_ACCOUNT,
    LONGEST_OF_ADDRESS,
    MUST_HAVE_SECOND_FACTOR,
    WHOLE,
    Stage,
    acceptable,
    stage_after_first,
)
from services.chassis.accounts.store import Accounts, Count, Session, hashed
from services.chassis.clock import Clock
from services.chassis.errors import ServiceError


class SignInFailedError(ServiceError):
    """The account, the password or the code is not right: which of them, nobody is told."""

    code = "sign_in_failed"
    status = 401
    es = "La cuenta, la contraseña o el código no son correctos."
    en = "The account, the password or the code is not right."


class TooManyAttemptsError(ServiceError):
    """Too many attempts failed; ``retry_after`` seconds until the next."""

    code = "too_many_attempts"
    status = 429
    es = "Demasiados intentos. Espere un momento."
    en = "Too many attempts. Wait a moment."


class WeakPasswordError(ServiceError):
    """The new password is too short, too long, or too easily guessed."""

    code = "weak_password"
    status = 422
    es = "La contraseña debe tener entre 12 y 128 caracteres, y no contener el código de la cuenta."
    en = "The password must have 12 to 128 characters, and not contain the account's code."


class SecondFactorError(ServiceError):
    """A second factor counts already, or the role may not do without it."""

    code = "second_factor_stays"
    status = 409
    es = "El segundo factor ya está activo, o su papel no puede prescindir de él."
    en = "The second factor is on already, or your role cannot do without it."


@dataclass(frozen=True, slots=True)
class Signed:
    """A session that began: its secret, and what is still to be done."""

    secret: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Offered:
    """A second factor to be put into a telephone."""

    secret: str
    uri: str


def code_of(account: str) -> str:
    """The person's code that was written; of what is none, nothing: it is asked for like any other, and not found."""
    written = account.strip().lower()
    return written if re.fullmatch(r"p-[0-9]{3,6}", written) else ""


class SigningIn:
    """Every way to a session."""

    def __init__(self, accounts: Accounts, key: bytes, clock: Clock) -> None:
        """``key`` is the installation's for accounts."""
        self.accounts = accounts
        self._key = key
        self._clock = clock
        self._passwords = Passwords()
        self._new_id = uuid4

    def now(self) -> datetime:
        """The time."""
        return self._clock()

    def _keyed(self, kind: str, *what: str) -> bytes:
        return hmac.digest(self._key, "\0".join((kind, *what)).encode(), hashlib.sha256)

    def place(self, address: str) -> bytes:
        """Where somebody is, as it is stored: the address itself is not."""
        return self._keyed("place", address)

    async def with_password(self, account: str, password: str, address: str) -> Signed:
        """The first step.

        Raises:
            SignInFailedError: something is not right.
            TooManyAttemptsError: it was not looked at.
        """
        person, place = code_of(account), self.place(address)
        found = await self.accounts.credential(person, place)
        await self._count(self._counts(person, address, known=found is not None and found.known))
        right = await self._passwords.fits(password, found.password if found else None)
        if found is None or not right or not found.active:
            raise SignInFailedError
        return await self.begin(person, stage_after_first(found.role, has_second=found.totp_confirmed), address)

    async def with_code(self, session: Session, secret: str, code: str, address: str) -> Signed:
        """The second step: a code from the telephone, or one of the printed ones.

        Raises:
            SignInFailedError: it is neither, or was used.
            TooManyAttemptsError: it was not looked at.
        """
        if session.stage is not Stage.SECOND_FACTOR:
            raise SignInFailedError
        await self._check_code(session.person, code, address)
        await self.accounts.end(secret, self.now())
        return await self.begin(session.person, Stage.FULL, address)

    async def first_time(self, account: str, code: str, password: str, address: str) -> Signed:
        """With the one-time code: sets the password, ends whatever sessions there were, and signs in.

        Raises:
            SignInFailedError: the code is not this account's, was used, or is too old.
            WeakPasswordError: the new password cannot be taken; the code stays good.
            TooManyAttemptsError: it was not looked at.
        """
        person = code_of(account)
        if not acceptable(password, person or account):
            raise WeakPasswordError
        found = await self.accounts.credential(person, self.place(address))
        await self._count(self._counts(person, address, known=False))
        stored = await self._passwords.hashed(password)
        if not await self.accounts.redeem(hashed(code.strip()), person, stored, self.now()) or found is None:
            raise SignInFailedError
        return await self.begin(person, stage_after_first(found.role, has_second=found.totp_confirmed), address)

    async def begin(self, person: str, stage: Stage, address: str) -> Signed:
        """A session; a whole one is where what was counted against the person is forgotten.

        Raises:
            SignInFailedError: the person is not active.
        """
        at = self.now()
        until = at + (WHOLE if stage is Stage.FULL else HALF)
        secret = await self.accounts.begin(self._session_id(), person, stage, at, until)
        if secret is None:
            raise SignInFailedError
        if stage is Stage.FULL:
            forget = [self._keyed("account", person), self._keyed("pair", person, address), self._keyed("code", person)]
            give_back = [self._keyed("address", address)]
            await self.accounts.signed_in(person, self.place(address), forget, give_back, at)
        return Signed(secret, stage)

    async def offer(self, session: Session) -> Offered:
        """A new second factor, which counts once a code of it was shown.

        Raises:
            SecondFactorError: there is one that counts; it is taken off first.
        """
        secret = second_factor.new_secret()
        box = second_factor.sealed(self._key, session.person, secret)
        if session.stage is Stage.SECOND_FACTOR or not await self.accounts.offer_totp(session.person, box, self.now()):
            raise SecondFactorError
        return Offered(secret, second_factor.address_of(secret, session.person))

    async def confirm(self, session: Session, secret: str, code: str, address: str) -> tuple[Signed, list[str]]:
        """The second factor counts from now on. Returns the session that goes on, and the codes to print.

        Raises:
            SignInFailedError: the code is not one of it.
            SecondFactorError: it counts already.
        """
        if session.stage is Stage.SECOND_FACTOR:
            raise SecondFactorError
        await self._check_code(session.person, code, address, recovery=False)
        codes = second_factor.new_recovery_codes()
        stored = [second_factor.recovery_hash(self._key, session.person, one) for one in codes]
        if not await self.accounts.confirm_totp(session.person, stored, self.now()):
            raise SecondFactorError
        await self.accounts.end(secret, self.now())
        return await self.begin(session.person, Stage.FULL, address), codes

    async def take_off(self, session: Session, code: str, address: str) -> None:
        """Without a second factor from now on.

        Raises:
            SecondFactorError: the role cannot do without it.
            SignInFailedError: the code is not right.
        """
        if session.role in MUST_HAVE_SECOND_FACTOR or session.stage is not Stage.FULL:
            raise SecondFactorError
        await self._check_code(session.person, code, address)
        await self.accounts.remove_totp(session.person, self.now())

    async def _check_code(self, person: str, code: str, address: str, *, recovery: bool = True) -> None:
        await self._count([Count(self._keyed("code", person), FREE_OF_ACCOUNT, LONGEST_OF_ACCOUNT)])
        found = await self.accounts.credential(person, self.place(address))
        secret = second_factor.opened(self._key, person, found.totp) if found and found.totp else None
        step = None if secret is None else second_factor.step_of(secret, code, self.now())
        if step is not None and await self.accounts.take_step(person, step):
            return
        printed = second_factor.recovery_hash(self._key, person, code)
        if step is None and recovery and await self.accounts.use_recovery_code(person, printed, self.now()):
            return
        raise SignInFailedError

    def _counts(self, person: str, address: str, *, known: bool) -> list[Count]:
        """Where somebody has signed in before, they are counted alone: nobody elsewhere can lock them out there."""
        if known:
            return [Count(self._keyed("pair", person, address), FREE_OF_ACCOUNT, LONGEST_OF_ACCOUNT)]
        return [
            Count(self._keyed("account", person), FREE_OF_ACCOUNT, LONGEST_OF_ACCOUNT),
            Count(self._keyed("address", address), FREE_OF_ADDRESS, LONGEST_OF_ADDRESS),
        ]

    async def _count(self, counts: list[Count]) -> None:
        at = self.now()
        until = await self.accounts.attempt(counts, at)
        if until is not None:
            raise TooManyAttemptsError(retry_after=max(1, round((until - at).total_seconds())))

    def _session_id(self) -> UUID:
        return self._new_id()
