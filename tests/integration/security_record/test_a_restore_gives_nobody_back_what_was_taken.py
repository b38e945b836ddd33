"""An older copy of the database comes back: what was closed since stays closed, once the logs are repaired."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from events.vocabulary import Role
from services.chassis.clock import system_clock
from services.chassis.identity import administration
from services.chassis.names import SERVICES
from services.chassis.operations.migrate import grant_database
from services.chassis.runtime.application import application
from services.chassis.runtime.server import listen, served, url_of
from services.system import Installation, close_what_was_closed
from tests.support.people.accounts import account, as_administrator, browser, enters, enters_first
from tests.support.people.alerts import a_child_alone
from tests.support.system.health import ready
from tests.support.system.repairs import repair_log
from tests.support.system.system import System, eventually, running

PEOPLE = ("p-201", "p-202", "p-203")
CLOSED, RESET, LEFT_ALONE = PEOPLE
PASSKEY = uuid4()
ADD_PASSKEY = "select accounts.add_passkey($1, $2, '\\x01', '\\x02', 0, 'teléfono', 9, now())"


@asynccontextmanager
async def beside(installation: Installation) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    """A connection to the server, beside the installation's database, whose name it yields, too."""
    assert installation.settings.postgres_dsn is not None
    dsn = installation.settings.postgres_dsn.get_secret_value()
    connection = await asyncpg.connect(dsn, database="postgres")
    try:
        yield connection, urlsplit(dsn).path.removeprefix("/")
    finally:
        await connection.close()


async def backed_up(installation: Installation) -> str:
    """A copy of the database as it is; its name."""
    async with beside(installation) as (admin, name):
        copy = f"b_{uuid4().hex[:12]}"
        await admin.execute(f"create database {copy} template {name} strategy file_copy")
    return copy


async def restored(installation: Installation, copy: str) -> None:
    """The copy in place of the database. The streams know what has happened since."""
    async with beside(installation) as (admin, name):
        await admin.execute(f"drop database {name} with (force)")
        await admin.execute(f"alter database {copy} rename to {name}")
        await grant_database(admin, name)


async def until_copied(system: System) -> None:
    """Until every act is in audit's log, and its stream has it."""
    audit = system.service("audit")

    async def there() -> bool:
        async with as_administrator(system.installation) as connection:
            pending = await connection.fetchval("select count(*) from audit.pending_act")
        return pending == 0 and audit.relay is not None and audit.relay.copied == await audit.log.head()

    await eventually(there)


async def token_of(system: System, label: str) -> tuple[str, UUID]:
    """The header of a new token, and its id."""
    client = await system.nobody_in_particular(Role.OFFICER, "ACNUR", label)
    async with as_administrator(system.installation) as connection:
        found: UUID = await connection.fetchval("select id from accounts.token where label = $1", label)
    return client.headers["Authorization"], found


async def statuses(system: System, headers: list[str]) -> list[int]:
    async with browser(system) as client:
        answers = [await client.get("/api/v1/session", headers={"Authorization": one}) for one in headers]
    return [answer.status_code for answer in answers]


@asynccontextmanager
async def started(installation: Installation) -> AsyncIterator[System]:
    """Every service, although not ready."""
    app = installation.application()
    listener = listen("127.0.0.1", 0)
    async with served(app, listener):
        yield System(installation, url_of(listener), list(app.state.services))


async def until_admission(system: System, reason: str) -> None:
    """Until each service says to an operator, and to nobody else, why it admits nobody."""

    async def told() -> bool:
        status, services = await ready(system)
        found = {
            (one["about"], one["ok"])
            for each in services.values()
            for one in each["checks"]
            if one["code"] == "admission"
        }
        return status == 503 and len(services) == len(SERVICES) and found == {(reason, False)}

    await eventually(told)
    async with browser(system) as client:
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "not_ready"})


@pytest.mark.slow
async def test_tokens_accounts_and_passwords_that_were_closed_stay_closed(installation: Installation) -> None:
    async with running(installation) as system:
        for person in PEOPLE:
            async with browser(system) as client:
                code = await account(installation, person, Role.OFFICER, "ACNUR")
                assert (await enters_first(client, person, code)).status_code == 201
        (revoked, token), (kept, _) = await token_of(system, "revoked"), await token_of(system, "kept")
        async with as_administrator(installation) as connection:
            assert await connection.fetchval(ADD_PASSKEY, PASSKEY, LEFT_ALONE)
        await until_copied(system)
    copy = await backed_up(installation)

    async with running(installation) as system:
        async with as_administrator(installation) as connection:
            assert await administration.revoke_token(connection, token, system_clock())
            await administration.disable_person(connection, CLOSED, system_clock())
            await administration.reset_person(connection, RESET, system_clock())
            assert await connection.fetchval("select accounts.remove_passkey($1, $2, now())", LEFT_ALONE, PASSKEY)
        await until_copied(system)
        assert await statuses(system, [revoked, kept]) == [401, 200]
    await restored(installation, copy)
    async with as_administrator(installation) as connection:
        assert await connection.fetchval("select revoked_at from accounts.token where id = $1", token) is None

    async with started(installation) as system:
        await until_admission(system, "log_behind")
        assert await statuses(system, [revoked, kept, "Bearer czl_unknown"]) == [503, 503, 503]
        async with browser(system) as client:
            answers = [await enters(client, person) for person in PEOPLE]
        assert [(one.status_code, one.json()["code"]) for one in answers] == [(503, "admission_closed")] * 3
        assert all(PEOPLE[0] not in one.text and str(token) not in one.text for one in answers)

    for service in SERVICES:
        await repair_log(installation.settings, installation.secrets, service)
    async with started(installation) as system:  # whoever repaired was interrupted before closing again
        await until_admission(system, "opened_again")
        assert await statuses(system, [revoked, kept]) == [503, 503]
    closed = await close_what_was_closed(installation.settings, after_a_restore=True)
    assert closed.sessions == 1  # of the one who is not concerned: the others' ended with their accounts
    assert (list(closed.tokens), list(closed.accounts), list(closed.credentials)) == ([str(token)], [CLOSED], [RESET])
    assert list(closed.passkeys) == [str(PASSKEY)]
    again = await close_what_was_closed(installation.settings)
    assert (again.tokens, again.accounts, again.credentials, again.passkeys) == ([], [], [], [])

    async with running(installation) as system:
        assert await statuses(system, [revoked, kept]) == [401, 200]
        async with browser(system) as client:
            entered = {person: (await enters(client, person)).status_code for person in PEOPLE}
        assert entered == {CLOSED: 401, RESET: 401, LEFT_ALONE: 201}


async def test_an_account_that_was_opened_again_and_not_recorded_yet_stays_open(installation: Installation) -> None:
    """Between an administrator's act and its record, the act counts."""
    await account(installation, CLOSED, Role.OFFICER, "ACNUR")
    async with running(installation) as system:
        async with as_administrator(installation) as connection:
            await administration.disable_person(connection, CLOSED, system_clock())
        await until_copied(system)
    async with as_administrator(installation) as connection:
        await administration.enable_person(connection, CLOSED)
        assert (await close_what_was_closed(installation.settings)).accounts == []
        state = await connection.fetchval("select state from accounts.person where person = $1", CLOSED)
        assert state == "active"


async def test_a_shelter_hands_in_a_case_while_it_is_unknown_whether_anybody_was_put_out(
    installation: Installation,
) -> None:
    """Without audit's comparison, as when the broker is down: a person in danger does not wait for it."""
    listener = listen("127.0.0.1", 0)
    app = application([installation.service("intake")])
    async with served(app, listener):
        system = System(installation, url_of(listener), list(app.state.services))
        shelter = await system.nobody_in_particular(Role.INTEGRATOR, a_child_alone()["shelter"])
        officer = await system.nobody_in_particular(Role.OFFICER, "ACNUR")
        handed_in = await shelter.post("/api/v1/submissions", json=a_child_alone())
        assert handed_in.status_code == 201, handed_in.text
        case = handed_in.json()["case_id"]
        for client, path in ((shelter, f"/api/v1/cases/{case}"), (officer, f"/api/v1/cases/{case}")):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "admission_closed")
        nobody = await shelter.post(
            "/api/v1/submissions", json=a_child_alone(), headers={"Authorization": "Bearer czl_unknown"}
        )
        assert (nobody.status_code, nobody.json()["code"]) == (503, "admission_closed")
