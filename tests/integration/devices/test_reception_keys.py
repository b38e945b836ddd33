"""Reception keys wait, serve, open what was sealed to them, and go; whatever backup comes back has those in use."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.chassis.errors import AdmissionClosedError
from services.chassis.identity.tokens import Tokens
from services.chassis.runtime.bootstrap import ServiceContext
from services.intake.devices.domain import ReceptionKeyGoneError
from services.intake.devices.envelope import text_of
from services.intake.devices.policy import KEPT_AFTERWARDS, RENEWED_AFTER
from services.intake.devices.reception_keys import ReceptionKeys, Renewal, wrapping_key
from services.system import Installation
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.system.logs import as_admin

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> AdjustableClock:
    clock = AdjustableClock()
    clock.stand_still()
    return clock


@pytest.fixture
async def context(installation: Installation, clock: AdjustableClock) -> AsyncIterator[ServiceContext]:
    context = ServiceContext.of(installation.settings, "intake", secrets=installation.secrets.of("intake"), clock=clock)
    yield context
    await context.database.close()


@pytest.fixture
def keys(context: ServiceContext, clock: AdjustableClock) -> ReceptionKeys:
    return ReceptionKeys(database=context.database, clock=clock, wrapping=wrapping_key(context.key("index_key")))


async def opens(keys: ReceptionKeys, public: str, key: object) -> bool:
    return text_of((await keys.private(key)).public_key()) == public  # type: ignore[arg-type]


async def test_however_many_processes_begin_there_is_one_key_that_serves_and_one_that_waits(
    keys: ReceptionKeys, clock: AdjustableClock
) -> None:
    done = await asyncio.gather(*(keys.renew() for _ in range(6)))
    assert sorted(one.made for one in done) == [0, 0, 0, 0, 0, 2]
    assert [one.first for one in done] == [one.made == 2 for one in done]
    first = await keys.current()
    assert await opens(keys, first.public, first.id)
    clock.ahead += RENEWED_AFTER - DAY
    assert await keys.renew() == Renewal(made=0, deleted=0)
    assert (await keys.current()).id == first.id


async def test_a_key_waits_a_month_serves_a_month_and_opens_for_three_more(
    keys: ReceptionKeys, clock: AdjustableClock
) -> None:
    first = await keys.current()
    clock.ahead += RENEWED_AFTER
    assert await keys.renew() == Renewal(made=1, deleted=0)
    second = await keys.current()
    assert second.id != first.id
    assert second.serves_from == first.serves_from + RENEWED_AFTER
    clock.ahead += KEPT_AFTERWARDS - DAY
    await keys.renew()
    assert await opens(keys, first.public, first.id), "a telephone that was without a network since"
    clock.ahead += DAY
    with pytest.raises(ReceptionKeyGoneError):
        await keys.private(first.id)
    assert (await keys.renew()).deleted == 1
    assert await opens(keys, second.public, second.id)


async def test_a_backup_of_any_day_has_the_key_that_serves_a_month_later(
    keys: ReceptionKeys, clock: AdjustableClock, installation: Installation
) -> None:
    assert installation.settings.postgres_dsn is not None
    await keys.renew()
    async with as_admin(installation.settings.postgres_dsn.get_secret_value()) as connection:
        backup = {row["key_id"] for row in await connection.fetch("select key_id from intake.reception_key")}
    clock.ahead += RENEWED_AFTER
    await keys.renew()
    assert (await keys.current()).id in backup


async def test_after_a_long_stop_there_are_both_again(keys: ReceptionKeys, clock: AdjustableClock) -> None:
    first = await keys.current()
    clock.ahead += 3 * RENEWED_AFTER
    assert (await keys.renew()).made == 2
    assert (await keys.current()).serves_from == clock()
    assert await opens(keys, first.public, first.id)
    assert await keys.renew() == Renewal(made=0, deleted=0)


async def test_renewed_at_once_the_one_that_waited_never_serves(keys: ReceptionKeys, clock: AdjustableClock) -> None:
    first = await keys.current()
    clock.ahead += DAY
    assert await keys.renew(at_once=True) == Renewal(made=2, deleted=1)
    second = await keys.current()
    assert second.serves_from == clock()
    assert await opens(keys, first.public, first.id)


async def test_a_dump_alone_opens_nothing(keys: ReceptionKeys, context: ServiceContext) -> None:
    current = await keys.current()
    other = ReceptionKeys(database=context.database, clock=keys.clock, wrapping=wrapping_key(bytes(32)))
    with pytest.raises(ReceptionKeyGoneError):
        await other.private(current.id)


@pytest.mark.parametrize(("because", "admitted"), [(None, True), ("log_behind", False), ("opened_again", False)])
async def test_telephones_are_admitted_as_the_shelters_tokens_are(
    context: ServiceContext, installation: Installation, because: str | None, *, admitted: bool
) -> None:
    """Until audit has compared, a case is taken; not any more once it is known that something is amiss (ADR 0038)."""
    tokens = Tokens(context.database, context.clock)
    await tokens.admit_submission()
    assert installation.settings.postgres_dsn is not None
    async with as_admin(installation.settings.postgres_dsn.get_secret_value()) as connection:
        await connection.execute(
            """insert into accounts.admission (nobody_because, server_started, database, written_by)
            select $1, pg_postmaster_start_time(), oid, pg_current_xact_id() from pg_database
            where datname = current_database()""",
            because,
        )
    if admitted:
        await tokens.admit_submission()
        return
    with pytest.raises(AdmissionClosedError):
        await tokens.admit_submission()
