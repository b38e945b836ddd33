"""Signing in, step by step. No answer and no waiting time discloses whether an account exists."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from events.vocabulary import Role
from services.chassis.clock import Clock
from services.chassis.errors import ServiceError
from services.chassis.identity import totp
from services.chassis.identity.passwords import Passwords
from services.chassis.identity.policy import (
    FREE_ATTEMPTS_OF_ACCOUNT,
    FREE_ATTEMPTS_OF_ADDRESS,
    MAX_WAIT_OF_ACCOUNT,
    MAX_WAIT_OF_ADDRESS,
    MUST_HAVE_SECOND_FACTOR,
    PROOF_LIFETIME,
    SECOND_STEP_LIFETIME,
    SESSION_LIFETIME,
    Stage,
    is_acceptable,
    stage_after_first,
)
from services.chassis.identity.store import Accounts, Count, Session, hashed, new_secret
from services.chassis.secrets.key_ring import KeyRing
from services.chassis.security.current import entering
from services.chassis.text import of_usual_width, opaque_string, typed_code
from services.chassis.throttle import TooManyAttemptsError


class SignInFailedError(ServiceError):
    """The account, the password or the code is wrong; the answer does not say which."""

    code = "sign_in_failed"
    status = 401


class WeakPasswordError(ServiceError):
    """The new password is too short, too long, or too easily guessed."""

    code = "weak_password"
    status = 422


class GuessablePasswordError(ServiceError):
    """The new password is one that somebody would try first."""

    code = "guessable_password"
    status = 422


class ProofNeededError(ServiceError):
    """The session is not enough: the password or a code must be given again, and counts for some minutes."""

    code = "proof_needed"
    status = 403


class SecondFactorError(ServiceError):
    """A second factor is confirmed already, or the role needs one."""

    code = "second_factor_stays"
    status = 409


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from: its place (``web.places``), and the secret by which a browser is known."""

    address: str
    browser: str | None = None
    """``None``: nobody has signed in with this browser before, or it keeps nothing."""


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A new session: its secret, and how far the sign-in has come."""

    secret: str
    stage: Stage
    browser: str | None = None
    """The secret by which the browser is known from now on; ``None``: as before."""


@dataclass(frozen=True, slots=True)
class TotpEnrolment:
    """A second factor for an authenticator: its secret, and the same as an ``otpauth:`` URI."""

    secret: str
    uri: str


def code_of(account: str) -> str:
    """The normalised code of an account; empty if it is not one: then it is looked up like any other, and not found."""
    written = typed_code(account)
    return written if re.fullmatch(r"p-[0-9]{3,6}", written) else ""


def check_length(password: str, account: str) -> None:
    """Refuses a new password by its length and form.

    Raises:
        WeakPasswordError: it is too short, too long, or contains the account's code.
    """
    if not is_acceptable(opaque_string(password), account):
        raise WeakPasswordError


class SigningIn:
    """Starts sessions, and changes second factors."""

    def __init__(self, accounts: Accounts, keys: KeyRing, clock: Clock) -> None:
        """``keys`` are the installation's for accounts."""
        self.accounts = accounts
        self._keys = keys
        self._clock = clock
        self.passwords = Passwords()
        self._new_id = uuid4

    def now(self) -> datetime:
        """The service's time."""
        return self._clock()

    @property
    def _key(self) -> bytes:
        """The present key."""
        return totp.key_from(self._keys()[0])

    def _opened(self, person: str, box: bytes) -> str | None:
        """A second factor's secret, sealed with the present key or a former one."""
        keys = map(totp.key_from, self._keys())
        return next((found for key in keys if (found := totp.opened(key, person, box)) is not None), None)

    def _keyed(self, kind: str, *what: str) -> bytes:
        return self._keyed_with(self._key, kind, *what)

    def _keyed_with(self, key: bytes, kind: str, *what: str) -> bytes:
        return hmac.digest(key, "\0".join((kind, *what)).encode(), hashlib.sha256)

    def handle(self, person: str) -> bytes:
        """The id by which an authenticator knows an account: 32 bytes that tell nobody its code (WebAuthn, 14.6.1)."""
        return self._keyed("passkey handle", person)

    def handles(self, person: str) -> list[bytes]:
        """The same under every key: an authenticator keeps the one that it was given."""
        return [self._keyed_with(totp.key_from(key), "passkey handle", person) for key in self._keys()]

    async def with_password(self, account: str, password: str, caller: Caller) -> SessionStarted:
        """The first step.

        Raises:
            SignInFailedError: the account or the password is wrong, or the account is disabled.
            TooManyAttemptsError: nothing was checked.
            BusyError: too many are being checked.
        """
        person = code_of(account)
        found = await self.accounts.credential(person, self._browser(caller))
        await self.count(self._counts(person, caller, known=found is not None and found.known))
        right = await self.passwords.fits(password, found.password if found else None)
        if found is None or not right or not found.active:
            raise SignInFailedError
        return await self.begin(
            person, await self.next_stage(person, found.role, has_totp=found.totp_confirmed), caller
        )

    async def next_stage(self, person: str, role: Role, *, has_totp: bool) -> Stage:
        """The stage after a first factor was right. A passkey is a second factor: whoever has one is asked for it."""
        has_second = has_totp or await self.accounts.has_passkey(person)
        return stage_after_first(role, has_second=has_second)

    async def with_code(self, session: Session, secret: str, code: str, caller: Caller) -> SessionStarted:
        """The second step: a code of the authenticator, or a recovery code.

        Raises:
            SignInFailedError: it is neither, or was used.
            TooManyAttemptsError: nothing was checked.
        """
        if session.stage is not Stage.SECOND_FACTOR:
            raise SignInFailedError
        await self.check_code(session.person, code)
        await self.accounts.end(secret, self.now())
        return await self.begin(session.person, Stage.FULL, caller)

    async def first_time(self, account: str, code: str, password: str, caller: Caller) -> SessionStarted:
        """The first sign-in with a one-time code: sets the password, ends all sessions of the account, and signs in.

        Raises:
            SignInFailedError: the code is not this account's, was used, or is too old.
            WeakPasswordError: the new password is refused; the code stays valid.
            GuessablePasswordError: likewise.
            TooManyAttemptsError: nothing was checked.
            BusyError: too many are being checked.
        """
        person = code_of(account)
        check_length(password, person or account)
        found = await self.accounts.credential(person, self._browser(caller))
        await self.count(self._counts(person, caller, known=False))
        stored = await self.hashed_if_good(password, person or account, "" if found is None else found.org)
        if (
            not await self.accounts.redeem(hashed(of_usual_width(code).strip()), person, stored, self.now())
            or found is None
        ):
            raise SignInFailedError
        return await self.begin(
            person, await self.next_stage(person, found.role, has_totp=found.totp_confirmed), caller
        )

    async def hashed_if_good(self, password: str, account: str, org: str) -> str:
        """The hash of a new password, for storing, that has neither account nor organisation for its strength.

        Raises:
            WeakPasswordError: it is too short or too long.
            GuessablePasswordError: somebody would try it first.
            BusyError: too many are being checked.
        """
        check_length(password, account)
        if await self.passwords.guessable(password, [account, org]):
            raise GuessablePasswordError
        return await self.passwords.hashed(password)

    async def begin(self, person: str, stage: Stage, caller: Caller) -> SessionStarted:
        """Starts a session. A full one also forgets the failed attempts that were counted for the person.

        Raises:
            SignInFailedError: the person is not active.
        """
        at = self.now()
        until = at + (SESSION_LIFETIME if stage is Stage.FULL else SECOND_STEP_LIFETIME)
        secret = await self.accounts.begin(self._session_id(), person, stage, at, until)
        if secret is None:
            raise SignInFailedError
        if stage is not Stage.FULL:
            return SessionStarted(secret, stage)
        known = Caller(caller.address, caller.browser or new_secret())
        forget = [self._keyed("account", person), self._browser_count(person, known).key, self._keyed("code", person)]
        give_back = [self._keyed(kind, caller.address) for kind in ("address", "elsewhere", "passkey")]
        await self.accounts.signed_in(person, self._browser(known), forget, give_back, at)
        return SessionStarted(secret, stage, known.browser)

    async def offer(self, session: Session, secret: str) -> TotpEnrolment:
        """Makes a new second factor, which counts after one of its codes was confirmed; until then the old one does.

        Raises:
            ProofNeededError: whoever has the session has not proved again who they are.
            SecondFactorError: another was confirmed meanwhile.
        """
        if session.stage is Stage.SECOND_FACTOR:
            raise SecondFactorError
        if session.stage is Stage.FULL:
            await self.require_proof(secret)
        offered = totp.new_secret()
        box = totp.sealed(self._key, session.person, offered)
        replaces = session.stage is Stage.FULL
        if not await self.accounts.offer_totp(session.person, box, self.now(), replaces=replaces):
            raise SecondFactorError
        return TotpEnrolment(offered, totp.enrolment_uri(offered, session.person))

    async def confirm(self, session: Session, code: str, caller: Caller) -> tuple[SessionStarted, list[str]]:
        """Confirms the offered second factor and ends every session. Returns a new one, and recovery codes to print.

        Raises:
            SignInFailedError: the code is wrong, none was offered, or its time is over.
            SecondFactorError: another was confirmed meanwhile.
        """
        if session.stage is Stage.SECOND_FACTOR:
            raise SecondFactorError
        await self.count([self.code_count(session.person)])
        box = await self.accounts.offered_totp(session.person, self.now() - SECOND_STEP_LIFETIME)
        offered = None if box is None else self._opened(session.person, box)
        step = None if offered is None else totp.step_of(offered, code, self.now())
        if box is None or step is None:
            raise SignInFailedError
        codes, stored = self.new_recovery_codes(session.person)
        replaces = session.stage is Stage.FULL
        if not await self.accounts.confirm_totp(session.person, box, step, stored, self.now(), replaces=replaces):
            raise SecondFactorError
        return await self.begin(session.person, Stage.FULL, caller), codes

    def new_recovery_codes(self, person: str) -> tuple[list[str], list[bytes]]:
        """New recovery codes, and what is stored of them."""
        codes = totp.new_recovery_codes()
        return codes, [totp.recovery_hash(self._key, person, one) for one in codes]

    async def require_proof(self, secret: str) -> None:
        """Refuses what needs more than a session.

        Raises:
            ProofNeededError: the password or a code was not given again within ``PROOF_LIFETIME``.
        """
        if not await self.is_proved(secret):
            raise ProofNeededError

    async def is_proved(self, secret: str) -> bool:
        """Whether the password or a code was given again, within this session and ``PROOF_LIFETIME``."""
        return await self.accounts.proved_since(secret, self.now() - PROOF_LIFETIME)

    async def take_off(self, session: Session, code: str, caller: Caller) -> SessionStarted:
        """Removes the second factor and ends every session. Returns a new one.

        Raises:
            SecondFactorError: the role needs one.
            SignInFailedError: the code is wrong.
        """
        if session.role in MUST_HAVE_SECOND_FACTOR or session.stage is not Stage.FULL:
            raise SecondFactorError
        await self.check_code(session.person, code)
        await self.accounts.remove_totp(session.person, self.now())
        return await self.begin(session.person, Stage.FULL, caller)

    async def check_code(self, person: str, code: str) -> None:
        """Uses up a code of the authenticator, or a recovery code.

        Raises:
            SignInFailedError: it is neither, or was used.
            TooManyAttemptsError: nothing was checked.
        """
        entering(person)
        await self.count([self.code_count(person)])
        found = await self.accounts.credential(person, bytes(32))
        secret = self._opened(person, found.totp) if found and found.totp else None
        step = None if secret is None else totp.step_of(secret, code, self.now())
        if step is not None and await self.accounts.take_step(person, step):
            return
        if step is None and await self._use_recovery_code(person, code):
            return
        raise SignInFailedError

    async def _use_recovery_code(self, person: str, code: str) -> bool:
        """Whether it was one that is not used up; it may have been printed under a former key."""
        for key in map(totp.key_from, self._keys()):
            if await self.accounts.use_recovery_code(person, totp.recovery_hash(key, person, code), self.now()):
                return True
        return False

    def _counts(self, person: str, caller: Caller, *, known: bool) -> list[Count]:
        """The counters of an attempt.

        ``known``: the person has signed in with this browser before; then only they are counted, in it alone, so that
        nobody else locks them out there. Otherwise it makes no difference whether there is such an account, nor who
        has worked at that address.
        """
        entering(person)
        if known:
            return [self._browser_count(person, caller)]
        return [
            Count(self._keyed("account", person), FREE_ATTEMPTS_OF_ACCOUNT, MAX_WAIT_OF_ACCOUNT),
            self.address_count("address", caller),
        ]

    def _browser(self, caller: Caller) -> bytes:
        """The keyed hash that is stored of a browser's secret."""
        return self._keyed("browser", caller.browser or "")

    def _browser_count(self, person: str, caller: Caller) -> Count:
        return Count(self._keyed("pair", person, caller.browser or ""), FREE_ATTEMPTS_OF_ACCOUNT, MAX_WAIT_OF_ACCOUNT)

    def code_count(self, person: str) -> Count:
        """The counter of codes that were tried for an account."""
        return Count(self._keyed("code", person), FREE_ATTEMPTS_OF_ACCOUNT, MAX_WAIT_OF_ACCOUNT)

    def proof_count(self, person: str) -> Count:
        """The counter of passwords that were tried within sessions: it keeps nobody from signing in."""
        return Count(self._keyed("proof", person), FREE_ATTEMPTS_OF_ACCOUNT, MAX_WAIT_OF_ACCOUNT)

    def address_count(self, kind: str, caller: Caller) -> Count:
        """The counter of an address."""
        return Count(self._keyed(kind, caller.address), FREE_ATTEMPTS_OF_ADDRESS, MAX_WAIT_OF_ADDRESS)

    async def forget(self, *counts: Count) -> None:
        """Resets counters after a right attempt within a session."""
        await self.accounts.forget_attempts([each.key for each in counts])

    async def count(self, counts: list[Count]) -> None:
        """Counts an attempt, before it is checked.

        Raises:
            TooManyAttemptsError: one of the counters says to wait.
        """
        at = self.now()
        until = await self.accounts.attempt(counts, at)
        if until is not None:
            raise TooManyAttemptsError(retry_after=max(1, round((until - at).total_seconds())))

    def _session_id(self) -> UUID:
        return self._new_id()
