"""Tables that another version filled are known to be stale, are told of, and are filled again by one command."""

from events.vocabulary import Role
from services.chassis.operations.migrate import OWNER
from services.system import VERSIONS, stale_read_models
from services.upkeep import rebuild_read_models, refill_stale
from tests.support.system.health import ready, until_failing, until_flowing
from tests.support.system.logs import as_admin
from tests.support.system.system import System, sample_day


async def test_flow_tells_of_a_stale_read_model_until_it_was_filled_again(own_system: System) -> None:
    settings = own_system.installation.settings
    assert settings.postgres_dsn is not None
    dsn = settings.postgres_dsn.get_secret_value()
    await until_flowing(own_system)  # a new installation's tables are this program's
    assert await stale_read_models(settings) == []
    shelter = await own_system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    assert (await shelter.post("/api/v1/submissions", json=sample_day()[5])).status_code == 201
    async with as_admin(dsn) as admin:
        await admin.execute("update referral.read_model set version = 0 where name = 'referral'")
        await admin.execute("delete from audit.read_model")
    await until_failing(own_system, ("referral", "read_models", None), ("audit", "read_models", None))
    assert (await ready(own_system))[0] == 200
    assert "referral.referral" in await stale_read_models(settings)
    await rebuild_read_models(dsn, "referral", swap=False)  # to compare fills nothing
    assert "referral.referral" in await stale_read_models(settings)
    await refill_stale(settings)
    await until_flowing(own_system)
    async with as_admin(dsn) as admin:
        await admin.execute(f"set role {OWNER}")
        rows = await admin.fetch("select name, version from referral.read_model")
    assert {row["name"]: row["version"] for row in rows} == VERSIONS["referral"]


async def test_a_request_to_a_schema_that_is_not_this_programs_may_be_repeated(own_system: System) -> None:
    settings = own_system.installation.settings
    assert settings.postgres_dsn is not None
    officer = await own_system.signed_in(Role.OFFICER, "UNICEF")
    shelter = await own_system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
    async with as_admin(settings.postgres_dsn.get_secret_value()) as admin:
        await admin.execute("alter table referral.referral rename to another")
        await admin.execute("alter table intake.submission rename column receipt to another")
        for answer in (
            await officer.get("/api/v1/referrals"),
            await shelter.post("/api/v1/submissions", json=sample_day()[5]),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        await admin.execute("alter table referral.another rename to referral")
        await admin.execute("alter table intake.submission rename column another to receipt")
    assert (await officer.get("/api/v1/referrals")).status_code == 200
    assert (await shelter.post("/api/v1/submissions", json=sample_day()[5])).status_code == 201
