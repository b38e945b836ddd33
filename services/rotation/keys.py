"""Renews keys that something was made with: the new one makes, the former ones read until they are forgotten."""

import base64
import secrets
from collections.abc import Sequence

from services.chassis.database import Database
from services.chassis.identity import totp
from services.chassis.operations.migrate import OWNER
from services.notifications.webhooks.sealed_secrets import SealedSecrets
from services.rotation.renewal import Place, Step

QUIET = "alter table accounts.credential {} trigger note"
"""A second factor that is sealed anew is the same second factor: no act is to be noted."""
BOXES = (
    "select person, totp, totp_next from accounts.credential where totp is not null or totp_next is not null for update"
)
SEAL_BOXES = "update accounts.credential set totp = $2, totp_next = $3 where person = $1"
HOOKS = "select webhook_id, sealed_secret from webhook where sealed_secret is not null for update"
SEAL_HOOK = "update webhook set sealed_secret = $2 where webhook_id = $1"


def links_steps(place: Place) -> Sequence[Step]:
    """The key of links. Referral, which reads them, has the new one before notifications, which makes them."""

    async def written() -> None:
        new = base64.b64encode(secrets.token_bytes(64)).decode()
        for service in ("referral", "notifications"):
            place.files.replace_of(service, {"link_key": new})

    async def sealed() -> None:
        found = place.files.of("notifications")
        hooks = SealedSecrets(lambda: found.all_of("link_key"), secrets.token_bytes)
        database = Database(place.dsn, service="notifications", password=lambda: found.all_of("postgres"))
        try:
            async with database.reading() as connection, connection.transaction():
                for row in await connection.fetch(HOOKS):
                    hook = row["webhook_id"]
                    await connection.execute(SEAL_HOOK, hook, hooks.seal(hook, hooks.open(hook, row["sealed_secret"])))
        finally:
            await database.close()

    return [("written", written), ("sealed", sealed)]


def accounts_steps(place: Place) -> Sequence[Step]:
    """The key of accounts: second factors are sealed anew; printed codes and passkeys go on with the former one."""

    async def written() -> None:
        place.files.replace_of("intake", {"accounts_key": base64.b64encode(secrets.token_bytes(32)).decode()})

    async def sealed() -> None:
        keys = [totp.key_from(key) for key in place.files.of("intake").all_of("accounts_key")]
        async with place.administrator() as connection, connection.transaction():
            await connection.execute(f"set local role {OWNER}")
            await connection.execute(QUIET.format("disable"))
            for person, *boxes in await connection.fetch(BOXES):
                fresh = [box and _sealed_anew(keys, person, box) for box in boxes]
                await connection.execute(SEAL_BOXES, person, *fresh)
            await connection.execute(QUIET.format("enable"))

    return [("written", written), ("sealed", sealed)]


def transit_steps(place: Place) -> Sequence[Step]:
    """The key that shelters' leaf nodes seal to."""

    async def written() -> None:
        place.files.replace_of("intake", {"transit_key": base64.b64encode(secrets.token_bytes(32)).decode()})

    return [("written", written)]


def _sealed_anew(keys: list[bytes], person: str, box: bytes) -> bytes:
    """A second factor sealed with the first key; one that opens with none is left as it is."""
    opened = next((found for key in keys if (found := totp.opened(key, person, box)) is not None), None)
    return box if opened is None else totp.sealed(keys[0], person, opened)
