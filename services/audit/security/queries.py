"""Reads acts to be recorded, tokens that end, and the list for auditors; closes again what a restore opened."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.audit.history.queries import without_sealed
from services.audit.prose import describe
from services.audit.security.domain import NOTICE, Act, EndingToken
from services.audit.security.schemas import SecurityEntry, SecurityList
from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError
from services.chassis.eventlog.log_entry import decode
from services.chassis.eventlog.sql import ENTRY_COLUMNS, from_row
from services.chassis.web.schemas import is_storable

BATCH = 100
MAX_PAGE_SIZE = 500
CURSOR = re.compile(r"([0-9]{1,17})-(audit|notifications|referral)-([0-9]{1,18})")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOOKED_BACK = timedelta(days=30)
"""How long after its end a token is still told of: as long as the service may be down."""

PENDING = """
select act.id, act.at, act.kind, act.actor, act.place, act.request, act.data
from pending_act join act on act.id = pending_act.act order by act.number limit $1
"""
RECORDED = "delete from pending_act where act = any($1::uuid[])"
ENDING = """
select id, role, org, created_at, expires_at from accounts.token
where revoked_at is null and expires_at > $1 and expires_at <= $2 order by expires_at, id
"""
LIST = r"""
select log, position, recorded_at from security_fact
where ($1::timestamptz is null or recorded_at >= $1) and ($2::timestamptz is null or recorded_at < $2)
  and ($3::text is null or $3 = any(whose))
  and ($4::timestamptz is null or (recorded_at, log, position) < ($4, $5::text, $6::bigint))
  and ($8 or log <> 'referral' or not exists (
    select from referral.event where event.position = security_fact.position
      and topic like 'referral.referrals\_exported.v%'
      and convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'agency' = 'PEAS'))
order by recorded_at desc, log desc, position desc limit $7
"""
"""How many reports about a shelter's staff a list had is for those who know of the reports ($8)."""


async def pending_acts(database: Database) -> list[Act]:
    """The oldest acts that are not recorded yet."""
    async with database.reading() as connection:
        rows = await connection.fetch(PENDING, BATCH)
    return [Act(**{**dict(row), "data": json.loads(row["data"])}) for row in rows]


async def forget_pending(database: Database, acts: Sequence[UUID]) -> None:
    """These acts are recorded."""
    async with database.reading() as connection:
        await connection.execute(RECORDED, list(acts))


async def ending_tokens(database: Database, now: datetime) -> list[EndingToken]:
    """Tokens that end within the notice, or ended lately, and were not revoked."""
    async with database.reading() as connection:
        rows = await connection.fetch(ENDING, now - LOOKED_BACK, now + NOTICE)
    return [EndingToken(**dict(row)) for row in rows]


async def this_database(database: Database) -> str:
    """Names the database as it is now: a copy that is put in its place has another name."""
    async with database.reading() as connection:
        name: str = await connection.fetchval("select this_database from accounts.entrance")
    return name


async def admit(database: Database, seen: str) -> None:
    """The log agrees with its stream in the database of that name: people are admitted, unless what was closed is open.

    Raises:
        StoreUnavailableError: PostgreSQL cannot be reached.
    """
    async with database.reading() as connection:
        await connection.execute("select admit($1)", seen)


async def admit_nobody(database: Database) -> None:
    """The stream has what the log lacks: what was closed may be open.

    Raises:
        StoreUnavailableError: PostgreSQL cannot be reached.
    """
    async with database.reading() as connection:
        await connection.execute("select admit_nobody()")


async def security_list(
    database: Database,
    *,
    since: datetime | None,
    until: datetime | None,
    who: str | None,
    cursor: str | None,
    limit: int,
    viewer: Principal,
) -> SecurityList:
    """A page of the facts of security, newest first, as far as the viewer may know of them.

    Raises:
        MalformedRequestError: the cursor was not issued by this list, or ``who`` can be nobody's code.
    """
    if who is not None and not is_storable(who):
        raise MalformedRequestError(faults=[{"field": "query.who", "code": "not_valid"}])
    knows_reports = role_allows(viewer, Action.LIST_REFERRALS) or role_allows(viewer, Action.SEE_HISTORY)
    async with database.reading() as connection:
        places = await connection.fetch(LIST, since, until, who, *_after(cursor), limit + 1, knows_reports)
        entries: dict[tuple[str, int], SecurityEntry] = {}
        for log in sorted({place["log"] for place in places[:limit]}):
            positions = [place["position"] for place in places[:limit] if place["log"] == log]
            query = f"select {ENTRY_COLUMNS} from {log}.event where position = any($1)"
            for row in await connection.fetch(query, positions):
                entries[log, row["position"]] = _entry(log, row)
    last = places[limit - 1] if len(places) > limit else None
    items = [entries[place["log"], place["position"]] for place in places[:limit]]
    return SecurityList(items=items, next_cursor=None if last is None else _cursor(last))


def _entry(log: str, row: Any) -> SecurityEntry:
    fact = decode(from_row(row))
    sentence = describe(fact)
    return SecurityEntry(
        log=log,
        position=fact.position,
        name=fact.event.NAME,
        occurred_at=fact.occurred_at,
        recorded_at=fact.recorded_at,
        actor=fact.actor,
        es=sentence.es,
        en=sentence.en,
        data=without_sealed(fact.event),
    )


def _cursor(row: Any) -> str:
    return f"{(row['recorded_at'] - EPOCH) // timedelta(microseconds=1)}-{row['log']}-{row['position']}"


def _after(cursor: str | None) -> tuple[datetime | None, str | None, int | None]:
    if cursor is None:
        return None, None, None
    form = CURSOR.fullmatch(cursor)
    if form is None:
        raise MalformedRequestError(faults=[{"field": "query.cursor", "code": "not_a_cursor"}])
    return EPOCH + timedelta(microseconds=int(form[1])), form[2], int(form[3])


@dataclass(frozen=True, slots=True)
class ClosedAgain:
    """What a restore had opened and was closed again."""

    tokens: Sequence[str] = ()
    accounts: Sequence[str] = ()
    credentials: Sequence[str] = ()
    """Accounts whose password or second factor was older than the log knows: they need a new one-time code."""
    passkeys: Sequence[str] = ()
    sessions: int = 0
    """Sessions that were ended because some may have been ended before."""


OPENED_AGAIN = "select kind, id, at from audit.opened_again() order by kind, id"
REVOKE = "update accounts.token set revoked_at = $2 where id::text = $1 and revoked_at is null"
DISABLE = "update accounts.person set state = 'disabled', disabled_at = $2 where person = $1 and state = 'active'"
FORGET_CREDENTIALS = """
update accounts.credential set password = null, totp = null, totp_confirmed = false, changed_at = $2 where person = $1
"""
REMOVE_PASSKEY = "update accounts.passkey set removed_at = $2, name = '' where id::text = $1 and removed_at is null"
CLOSE = {"token": REVOKE, "account": DISABLE, "credential": FORGET_CREDENTIALS, "passkey": REMOVE_PASSKEY}
END_WITH_THEM = (
    "update accounts.session set ended_at = now() where person = any($1) and ended_at is null",
    "update accounts.invitation set used_at = now() where person = any($1) and used_at is null",
    "delete from accounts.recovery_code where person = any($1)",
    "update accounts.passkey set removed_at = now(), name = '' where person = any($1) and removed_at is null",
)
REVOKE_OF = "update accounts.token set revoked_at = now() where person = any($1) and revoked_at is null returning id"


END_SESSIONS = "update accounts.session set ended_at = now() where ended_at is null returning id"


async def close_again(connection: asyncpg.Connection, *, after_a_restore: bool = False) -> ClosedAgain:
    """Closes, with the administrator's connection, what the log says was closed and the accounts say is open.

    That is what a restored, older copy of the accounts gives back: revoked tokens, disabled accounts, removed passkeys,
    passwords and second factors that were changed since. Nothing is done about what the log has not recorded yet.
    ``after_a_restore``: every session ends, too; whoever was signed in signs in again.
    """
    async with connection.transaction():
        await connection.execute("select set_config('canaliza.actor', 'administrator:*:restore', true)")
        opened = await connection.fetch(OPENED_AGAIN)  # once: closing notes acts, and what has a new act is left alone
        for row in opened:
            await connection.execute(CLOSE[row["kind"]], row["id"], row["at"])
        tokens, accounts, credentials, passkeys = (
            [row["id"] for row in opened if row["kind"] == kind] for kind in CLOSE
        )
        for statement in END_WITH_THEM:
            await connection.execute(statement, [*accounts, *credentials])
        tokens += [str(row["id"]) for row in await connection.fetch(REVOKE_OF, accounts)]
        sessions = len(await connection.fetch(END_SESSIONS)) if after_a_restore else 0
    return ClosedAgain(sorted(tokens), sorted(accounts), sorted(credentials), sorted(passkeys), sessions)
