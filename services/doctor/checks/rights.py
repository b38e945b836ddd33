"""Who may do what in PostgreSQL: the administrator enough, each service's role no more than its work."""

from collections.abc import Sequence

from services.chassis.names import SERVICES, postgres_role
from services.chassis.operations.migrate import OWNER
from services.doctor.domain import Code, Found, Why, fails, holds, judged, unseen
from services.doctor.ground import Ground
from services.doctor.looking import Look
from services.doctor.reasons import CannotLookError

ADMINISTRATOR = """
select rolsuper or (rolcreaterole and has_database_privilege(current_database(), 'create')) as enough,
  current_user::text as name from pg_roles where rolname = current_user
"""
TOO_MUCH = f"""
select array_remove(array[
  case when r.rolsuper then 'superuser' end,
  case when r.rolcreatedb then 'createdb' end,
  case when r.rolcreaterole then 'createrole' end,
  case when r.rolreplication then 'replication' end,
  case when r.rolbypassrls then 'bypassrls' end,
  case when pg_has_role(r.oid, o.oid, 'member') then '{OWNER}' end,
  case when has_schema_privilege(r.oid, n.oid, 'create') then 'create' end,
  case when has_table_privilege(r.oid, e.oid, 'insert, update, delete, truncate') then 'event' end,
  case when has_table_privilege(r.oid, h.oid, 'insert, update, delete, truncate') then 'head' end
], null) as found
from pg_roles r, pg_roles o, pg_namespace n, pg_class e, pg_class h
where r.rolname = $1 and o.rolname = '{OWNER}' and n.nspname = $2
  and e.relnamespace = n.oid and e.relname = 'event' and h.relnamespace = n.oid and h.relname = 'head'
"""


async def administrator(ground: Ground) -> list[Found]:
    """Whether the administrator may do what ``migrate`` does."""
    async with ground.administrator() as connection:
        row = await connection.fetchrow(ADMINISTRATOR)
    return [judged(Code.ADMINISTRATOR, row["enough"], str(row["name"]))]


async def signing_in(ground: Ground) -> list[Found]:
    """Whether each role signs in with the password that is here."""
    found: list[Found] = []
    for service in SERVICES:
        role = postgres_role(service)
        own = ground.of_services.get(service)
        if own is None:
            found += [] if service in ground.faults else [unseen(Code.ROLE, Why.NO_KEYS_HERE, role)]
            continue
        try:
            async with ground.connected(user=role, password=own.postgres) as connection:
                await connection.fetchval("select 1")
            found.append(holds(Code.ROLE, role))
        except CannotLookError as error:
            refused = error.why in (Why.WRONG_PASSWORD, Why.NO_PERMISSION)
            found.append(fails(Code.ROLE, role, why=error.why) if refused else unseen(Code.ROLE, error.why, role))
    return found


async def too_much(ground: Ground) -> list[Found]:
    """Whether a role may do what only the owner, or nobody, may: the database itself is asked."""
    async with ground.administrator() as connection:
        rows = {service: await connection.fetchval(TOO_MUCH, postgres_role(service), service) for service in SERVICES}
    return [
        unseen(Code.ROLE_RIGHTS, Why.OLD_SCHEMA, postgres_role(service))
        if rights is None
        else judged(Code.ROLE_RIGHTS, not rights, postgres_role(service), rights=", ".join(rights))
        for service, rights in rows.items()
    ]


LOOKS: Sequence[Look] = (
    Look((Code.ADMINISTRATOR,), administrator),
    Look((Code.ROLE,), signing_in),
    Look((Code.ROLE_RIGHTS,), too_much),
)
