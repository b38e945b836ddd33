"""Renews the token of the machine's own terminal; also after it was revoked."""

import secrets
from collections.abc import Sequence

from events.vocabulary import Role
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.clock import system_clock
from services.chassis.identity.tokens import PREFIX, digest, store_token
from services.rotation.renewal import Place, Step

REVOKE = "update accounts.token set revoked_at = $2 where hash = any($1) and revoked_at is null"


def steps(place: Place) -> Sequence[Step]:
    """The present token is stored before the former one is revoked: one of both always works."""

    async def written() -> None:
        if "operator_token" not in place.files.secrets().former:
            place.files.replace({"operator_token": PREFIX + secrets.token_urlsafe(32)})

    async def known() -> None:
        present, *former = place.files.secrets().all_of("operator_token")
        async with place.administrator() as connection:
            at = system_clock()
            await store_token(connection, present, role=Role.OPERATOR, org=EVERYWHERE, label="local", at=at)
            await connection.execute(REVOKE, [digest(token) for token in former], at)

    async def dropped() -> None:
        place.files.drop(["operator_token"])

    return [("written", written), ("known", known), ("dropped", dropped)]
