"""Which renewals there are, and carrying one out."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from events.vocabulary import RenewedSecret
from services.chassis.clock import system_clock
from services.chassis.names import SERVICES
from services.chassis.operations.migrate import LOCK
from services.rotation import keys, nats_server, operator, postgres, preparing, streams
from services.rotation.renewal import Place, Renewal, Waits, carry_out

RENEWALS: Mapping[str, Renewal] = {
    "postgres": Renewal(RenewedSecret.POSTGRES, postgres.services_steps, services=SERVICES),
    "postgres-admin": Renewal(RenewedSecret.POSTGRES_ADMIN, postgres.administrator_steps),
    "nats": Renewal(RenewedSecret.NATS, nats_server.services_steps, services=SERVICES),
    "nats-admin": Renewal(RenewedSecret.NATS_ADMIN, nats_server.administrator_steps),
    "nats-files": Renewal(RenewedSecret.JETSTREAM, nats_server.files_key_steps),
    "operator": Renewal(RenewedSecret.OPERATOR, operator.steps),
    "streams": Renewal(RenewedSecret.STREAMS, streams.steps, services=SERVICES),
    "links": Renewal(
        RenewedSecret.LINKS, keys.links_steps, lasting=("link_key",), services=("referral", "notifications")
    ),
    "accounts": Renewal(RenewedSecret.ACCOUNTS, keys.accounts_steps, lasting=("accounts_key",), services=("intake",)),
    "transit": Renewal(RenewedSecret.TRANSIT, keys.transit_steps, lasting=("transit_key",), services=("intake",)),
}
"""By the word of the command line."""

NOTE = "select audit.note('secret_renewed', $1, jsonb_build_object('secret', $2::text))"


async def renew(what: str, place: Place, after: Callable[[str], None] = lambda _: None) -> Waits | None:
    """Renews a secret, or goes on with what was prepared or interrupted; a security act says that it was done.

    One renewal or migration is at work at a time: two would give a role the password that the other has dropped.
    ``after`` is told each step that is done. Returns what somebody has to do before it can go on.

    Raises:
        KeyError: there is no such secret.
        NotOursError: it is a server's of one's own, or something has to be done first.
        UnsafeSecretsError: the files of secrets cannot be used.
        OSError: a server cannot be reached; running it again goes on.
    """
    renewal = RENEWALS[what]
    async with _alone(place):
        steps = renewal.steps(place)
        if what in place.files.prepared():
            steps = steps[1:]
        elif renewal.services and (place.own_postgres or place.own_nats):
            raise preparing.not_prepared(what)
        waits = await carry_out(steps, after)
        if waits is None or waits is nats_server.RESTART:
            await note(place, renewal.what)
        if waits is None:
            place.files.no_longer_prepared(what)
    return waits


async def prepare(what: str, place: Place, after: Callable[[str], None] = lambda _: None) -> Waits:
    """Writes the new secret into the files of the services, beside the former one, and changes no server or row.

    Returns what to bring to which host: with both, a service is let in before and after the renewal. Prepared again,
    it writes nothing.

    Raises:
        KeyError: there is no such secret, or no service has it.
        UnsafeSecretsError: the files of secrets cannot be used.
        OSError: PostgreSQL cannot be reached.
    """
    renewal = RENEWALS[what]
    if not renewal.services:
        raise KeyError(what)
    async with _alone(place):
        if what not in place.files.prepared():
            await carry_out(renewal.steps(place)[:1], after)
            place.files.now_prepared(what)
    return preparing.to_bring(what, renewal.services)


@asynccontextmanager
async def _alone(place: Place) -> AsyncIterator[None]:
    async with place.administrator() as connection:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        yield


def forget(what: str, place: Place) -> int:
    """Drops the former keys of a renewal that are still read with. Returns how many there were.

    Raises:
        KeyError: there is no such secret.
        UnsafeSecretsError: the files of secrets cannot be used.
    """
    renewal = RENEWALS[what]
    return sum(place.files.drop_of(service, renewal.lasting) for service in renewal.services)


async def note(place: Place, what: RenewedSecret) -> None:
    """Notes the act: who, when, and what, never the secret."""
    async with place.administrator() as connection:
        await connection.execute(NOTE, system_clock(), what.value)
