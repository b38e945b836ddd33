"""Accounts and tokens: how many, never whose."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from services.chassis.identity.policy import MUST_HAVE_SECOND_FACTOR
from services.doctor.domain import Code, Found, holds, judged, warns
from services.doctor.ground import Ground
from services.doctor.looking import Look

WITHOUT_SECOND = """
select count(*) from accounts.person p left join accounts.credential c using (person)
where p.state = 'active' and p.role = any($1::text[]) and c.password is not null
  and not coalesce(c.totp_confirmed, false)
  and not exists (select from accounts.passkey k where k.person = p.person and k.removed_at is null)
"""
ENDLESS = """
select count(*) from accounts.token where revoked_at is null and expires_at is null and role <> 'operator'
"""
EXPIRING = """
select count(*) from accounts.token where revoked_at is null and expires_at between $1 and $2 and label <> 'first'
"""
VALID = """
select exists (select from accounts.token where hash = $1 and revoked_at is null
  and (expires_at is null or expires_at > $2))
"""
SOON = timedelta(days=14)


async def accounts(ground: Ground) -> list[Found]:
    """Whether those who can do much signed in with one factor alone so far."""
    async with ground.administrator() as connection:
        number: int = await connection.fetchval(WITHOUT_SECOND, [role.value for role in MUST_HAVE_SECOND_FACTOR])
    return [(warns if number else holds)(Code.SECOND_FACTOR, number=number)]


async def tokens(ground: Ground) -> list[Found]:
    """Whether a token never ends, or ends soon, and whether this machine's own is valid."""
    now = ground.clock()
    async with ground.administrator() as connection:
        endless: int = await connection.fetchval(ENDLESS)
        expiring: int = await connection.fetchval(EXPIRING, now, now + SOON)
        token = "" if ground.secrets is None else ground.secrets.operator_token
        valid: bool = await connection.fetchval(VALID, hashlib.sha256(token.encode()).digest(), now)
    return [
        (warns if endless else holds)(Code.ENDLESS_TOKEN, number=endless),
        (warns if expiring else holds)(Code.TOKEN_EXPIRING, number=expiring, days=SOON.days),
        judged(Code.OPERATOR_TOKEN, valid),
    ]


LOOKS: Sequence[Look] = (
    Look((Code.SECOND_FACTOR,), accounts),
    Look((Code.ENDLESS_TOKEN, Code.TOKEN_EXPIRING, Code.OPERATOR_TOKEN), tokens),
)
