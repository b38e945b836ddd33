"""Signing in with a passkey, and what people change about theirs."""

import secrets
from uuid import UUID, uuid4

from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.commands import Caller, SessionStarted, SigningIn
from services.chassis.identity.passkey_store import OwnPasskey, PasskeyStore
from services.chassis.identity.passkeys import (
    PasskeyAnswer,
    Purpose,
    RelyingParty,
    challenge_hash,
    failed,
    parse_answer,
)
from services.chassis.identity.policy import MAX_PASSKEYS, PASSKEY_NAME, Stage
from services.chassis.identity.store import Session, hashed
from services.chassis.security.current import entering

CHALLENGE_BYTES = 32


class TooManyPasskeysError(ServiceError):
    """The account has as many passkeys as it may."""

    code = "too_many_passkeys"
    status = 409


class Passkeys:
    """Passkeys of one installation. A challenge is bound to the session, or to the browser that has none."""

    def __init__(self, signing_in: SigningIn, store: PasskeyStore, party: RelyingParty) -> None:
        """``signing_in`` starts the sessions."""
        self._signing_in = signing_in
        self._store = store
        self._party = party

    async def of_person(self, person: str) -> list[OwnPasskey]:
        """A person's passkeys."""
        return await self._store.of_person(person)

    async def ask(self, purpose: Purpose, secret: str, person: str | None, caller: Caller) -> str:
        """What the browser is asked for, as JSON. ``secret``: of the session or browser; ``person``: whose session.

        Raises:
            TooManyAttemptsError: too many were asked for at that address and not answered.
        """
        await self._signing_in.count([self._signing_in.address_count("passkey", caller)])
        allowed = [] if person is None else [one.credential for one in await self._store.of_person(person)]
        return self._party.request(await self._challenge(purpose, secret), purpose, allowed)

    async def enter(self, answer: str, browser: str, caller: Caller) -> SessionStarted:
        """Signs in by a passkey alone: it was verified who holds it, so it is two factors.

        Raises:
            PasskeyFailedError: the answer opens nothing.
            SignInFailedError: the account was disabled meanwhile.
        """
        person = await self._person(answer, Purpose.SIGN_IN, browser)
        return await self._signing_in.begin(person, Stage.FULL, caller)

    async def second_step(self, session: Session, secret: str, answer: str, caller: Caller) -> SessionStarted:
        """Completes a sign-in that began with a password.

        Raises:
            PasskeyFailedError: the answer is not of a passkey of this person.
            SignInFailedError: the account was disabled meanwhile.
        """
        if session.stage is not Stage.SECOND_FACTOR:
            raise failed("stage")
        await self._person(answer, Purpose.SECOND_FACTOR, secret, session.person)
        await self._signing_in.accounts.end(secret, self._signing_in.now())
        return await self._signing_in.begin(session.person, Stage.FULL, caller)

    async def prove(self, session: Session, secret: str, answer: str) -> SessionStarted:
        """Proves again who is there; it counts for ``PROOF_LIFETIME``. The session gets a new secret.

        Raises:
            PasskeyFailedError: the answer is not of a passkey of this person.
        """
        await self._person(answer, Purpose.PROOF, secret, session.person)
        renewed = await self._signing_in.accounts.prove(secret, self._signing_in.now())
        if renewed is None:
            raise failed("session")
        return SessionStarted(renewed, session.stage)

    async def offer(self, session: Session, secret: str) -> str:
        """What the browser is asked for to make a passkey, as JSON.

        Raises:
            ProofNeededError: whoever has the session has not proved again who they are.
            TooManyPasskeysError: the account has as many as it may.
        """
        await self._signing_in.require_proof(secret)
        present = await self._store.of_person(session.person)
        if len(present) >= MAX_PASSKEYS:
            raise TooManyPasskeysError
        challenge = await self._challenge(Purpose.REGISTRATION, secret)
        handle = self._signing_in.handle(session.person)
        return self._party.creation(challenge, handle, session.person, [one.credential for one in present])

    async def add(self, session: Session, secret: str, answer: str, name: str) -> None:
        """Adds the passkey that the browser made; the person's other sessions end.

        Raises:
            ProofNeededError: whoever has the session has not proved again who they are.
            PasskeyFailedError: the answer does not fit the challenge.
            TooManyPasskeysError: the account has as many as it may, or has this one.
        """
        await self._signing_in.require_proof(secret)
        given = parse_answer(answer, made=True)
        await self._take(given, Purpose.REGISTRATION, secret)
        made, now = self._party.made(given), self._signing_in.now()
        if not await self._store.add(uuid4(), session.person, made, _called(name), now):
            raise TooManyPasskeysError
        await self._signing_in.accounts.end_others(secret, now)

    async def remove(self, session: Session, secret: str, which: UUID) -> None:
        """Removes one of the person's passkeys; their other sessions end.

        Raises:
            ProofNeededError: whoever has the session has not proved again who they are.
            NotFoundError: the person has no such passkey.
        """
        await self._signing_in.require_proof(secret)
        if not await self._store.remove(session.person, which, self._signing_in.now()):
            raise NotFoundError
        await self._signing_in.accounts.end_others(secret, self._signing_in.now())

    async def _challenge(self, purpose: Purpose, secret: str) -> bytes:
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        await self._store.begin(challenge_hash(challenge), hashed(secret), purpose, self._signing_in.now())
        return challenge

    async def _take(self, given: PasskeyAnswer, purpose: Purpose, secret: str) -> None:
        if not await self._store.take(challenge_hash(given.challenge), hashed(secret), purpose, self._signing_in.now()):
            raise failed("challenge")

    async def _person(self, answer: str, purpose: Purpose, secret: str, expected: str | None = None) -> str:
        """The person whose passkey answered; ``expected``: the only one that is accepted."""
        given = parse_answer(answer)
        await self._take(given, purpose, secret)
        stored = await self._store.find(given.credential)
        if stored is None or expected not in (None, stored.person):
            raise failed("unknown")
        entering(stored.person)
        if given.handle not in (None, b"", *self._signing_in.handles(stored.person)):
            raise failed("handle")
        uses = self._party.verify(given, stored, purpose)
        if not await self._store.use(given.credential, uses, self._signing_in.now()):
            raise failed("counter")
        return stored.person


def _called(name: str) -> str:
    """The name as it is stored: what cannot be shown is left out; it may be empty."""
    shown = "".join(one for one in " ".join(name.split()) if one.isprintable())
    return shown[:PASSKEY_NAME].strip()
