"""Passwords, keys and the streams' secrets are renewed while shelters send: nothing is refused, nothing is lost."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import httpx2
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from services.chassis.messaging.closing import close_for_good
from services.chassis.names import SERVICES, postgres_role
from services.rotation.commands import RENEWALS
from tests.support.system.system import HANG, NO_TLS, eventually

KINDS = ("postgres", "postgres-admin", "nats", "nats-admin", "operator", "streams", "links", "accounts", "transit")
FAULTS = pytest.mark.faults
OFTEN = {"postgres", "nats", "streams"}
OFTEN_KILLED = {("postgres", "written"), ("nats", "known")}
"""In every run; the others take as long again, and are part of make faults."""
STEPS = {
    "postgres": ("written", "known"),
    "postgres-admin": ("written", "known"),
    "nats": ("written", "known"),
    "nats-admin": ("written", "known"),
    "operator": ("written", "known"),
    "streams": ("written", "known", "remade"),
    "links": ("written", "sealed"),
    "accounts": ("written", "sealed"),
    "transit": ("written",),
}
FIELDS = {
    "postgres": ("postgres",),
    "nats": ("nats",),
    "streams": ("stream_subject", "stream_key"),
    "links": ("link_key",),
    "accounts": ("accounts_key",),
    "transit": ("transit_key",),
    "postgres-admin": ("postgres_admin",),
    "nats-admin": ("nats_admin",),
    "operator": ("operator_token",),
}


def present(renewing: Any, what: str) -> list[str]:
    """The values of a kind in every file that has it."""
    found = renewing.place.files.secrets()
    holders: Sequence[Any] = [found, *(found.of(service) for service in SERVICES)]
    return [
        value
        for holder in holders
        for name in FIELDS[what]
        if (value := getattr(holder, name, None)) and isinstance(value, str)
    ]


async def signs_in(renewing: Any, role: str, password: str) -> bool:
    with suppress(asyncpg.InvalidPasswordError):
        await (await asyncpg.connect(renewing.place.dsn, user=role, password=password)).close()
        return True
    return False


async def test_every_renewal_is_tried_here() -> None:
    assert {*KINDS, "nats-files"} == RENEWALS.keys(), "the key of NATS' files takes effect at a start: see there"


@pytest.mark.parametrize("what", [what if what in OFTEN else pytest.param(what, marks=FAULTS) for what in KINDS])
async def test_a_secret_is_renewed_while_shelters_send_and_none_is_refused_or_lost(renewing: Any, what: str) -> None:
    before = present(renewing, what)
    async with renewing.under_load() as load:
        assert await renewing.renew(what) is None
        await load.another()
        for service in SERVICES:
            await renewing.as_a_new_process(service)
    await renewing.all_attached()
    assert before
    assert not set(before) & set(present(renewing, what))


@pytest.mark.parametrize(
    ("what", "step"),
    [
        pytest.param(what, step, marks=() if (what, step) in OFTEN_KILLED else FAULTS)
        for what, steps in STEPS.items()
        for step in steps
    ],
)
async def test_a_renewal_that_was_killed_leaves_a_system_that_works_and_goes_on_when_it_is_repeated(
    renewing: Any, what: str, step: str
) -> None:
    before = present(renewing, what)
    async with renewing.under_load() as load:
        await renewing.killed_after(what, step)
        await load.another()
        for service in SERVICES:
            await renewing.as_a_new_process(service)
        assert await renewing.renew(what) is None
    await renewing.all_attached()
    assert not set(before) & set(present(renewing, what))


async def test_the_former_passwords_open_nothing_and_the_present_ones_do(renewing: Any) -> None:
    files = renewing.place.files
    before = files.secrets()
    for what in ("postgres", "postgres-admin", "nats", "nats-admin", "operator"):
        await renewing.renew(what)
    after = files.secrets()
    for service in SERVICES:
        assert not await signs_in(renewing, postgres_role(service), before.of(service).postgres)
        assert await signs_in(renewing, postgres_role(service), after.of(service).postgres)
    assert not await signs_in(renewing, "canaliza_admin", before.postgres_admin)
    for user, former, present_one in (
        ("admin", before.nats_admin, after.nats_admin),
        ("intake", before.of("intake").nats, after.of("intake").nats),
    ):
        with pytest.raises(NatsError):
            await connected(renewing, user, former)
        await (await connected(renewing, user, present_one)).close()
    async with httpx2.AsyncClient(base_url=renewing.system.url, verify=NO_TLS, timeout=HANG) as client:
        for token, status in ((before.operator_token, 401), (after.operator_token, 200)):
            answer = await client.get("/api/v1/operate/parked", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status
    assert not after.former
    assert not any(after.of(service).former.keys() & {"postgres", "nats", "stream_key"} for service in SERVICES)


async def connected(renewing: Any, user: str, password: str) -> Any:
    client = Client()
    try:
        await client.connect(
            renewing.place.settings.nats_url, user=user, password=password, allow_reconnect=False, error_cb=_ignore
        )
    except NatsError:
        await close_for_good(client)
        raise
    return client


async def _ignore(_error: Exception) -> None:
    pass


async def test_an_auditor_reads_who_renewed_what_and_never_the_secret(renewing: Any) -> None:
    await renewing.renew("operator")
    token = renewing.place.files.secrets().operator_token
    async with httpx2.AsyncClient(
        base_url=renewing.system.url, verify=NO_TLS, timeout=HANG, headers={"Authorization": f"Bearer {token}"}
    ) as client:

        async def told() -> list[dict[str, Any]]:
            answer = await client.get("/api/v1/audit/security", params={"limit": 500})
            return [one for one in answer.json()["items"] if "secret_renewed" in str(one)]

        found = await eventually(told)
    assert "cli" in str(found[-1])
    assert token not in str(found)
