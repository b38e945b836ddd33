"""``canaliza migrate``: makes or upgrades schemas, roles and streams, or says what it would do."""

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.administering import refuse_newer, refused_in_words, say_stale
from services.cli.client import NO, UNREACHABLE, WRONG, AsJson, fail

if TYPE_CHECKING:
    from services.chassis.operations.migrate import Pending
    from services.chassis.settings import Settings

Check = Annotated[
    bool, typer.Option("--check", help="Solo decir qué falta; no cambia nada · Only say what is missing.")
]
DatabaseOnly = Annotated[
    bool, typer.Option("--database-only", help="Solo PostgreSQL, sin NATS · PostgreSQL alone, without NATS.")
]


def migrate(check: Check = False, database_only: DatabaseOnly = False, as_json: AsJson = False) -> None:
    """Crea o actualiza esquemas, roles y flujos · Makes or upgrades schemas, roles and streams.

    Códigos: 0 al día; con --check 1 si falta algo; 2 falta una dirección; 3 un servidor no responde o no lo permite, o
    la base de datos es de un programa más nuevo · 0 up to date; with --check 1 if anything is missing; 2 an address is
    missing; 3 a server does not answer or allow it, or the database is a newer program's.

    Variables · Settings: CANALIZA_POSTGRES_DSN (de administración · the administrator's), CANALIZA_NATS_URL,
    CANALIZA_KEYS, CANALIZA_REPLICAS; todas · all of them: docs/guides/operator.md.
    """
    from services.cli.running import checked_settings
    from services.cli.upkeep import run

    settings = checked_settings()
    if settings.postgres_dsn is None:
        raise fail(WRONG, "Falta CANALIZA_POSTGRES_DSN.", "It says where PostgreSQL is, and who administers it.")
    if settings.nats_url is None and not (check or database_only):
        raise fail(
            WRONG,
            "Falta CANALIZA_NATS_URL; sin NATS todavía: canaliza migrate --database-only.",
            "It says where NATS is; without NATS as yet: canaliza migrate --database-only.",
        )
    found = run(_checked(settings) if check else _migrated(settings, database_only=database_only))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    if check and found["missing"]:
        raise typer.Exit(NO)


async def _checked(settings: "Settings") -> dict[str, Any]:
    from services.chassis.operations.migrate import pending
    from services.chassis.operations.migration_locks import locks_of

    assert settings.postgres_dsn is not None  # noqa: S101 - migrate() has looked
    dsn = settings.postgres_dsn.get_secret_value()
    found = await refused_in_words(pending(dsn))
    refuse_newer(found.newer)
    locks = await locks_of(dsn, found.missing)
    missing = [
        {
            "schema": each.schema,
            "name": each.name,
            "kind": "expand" if each.expands else "contract",
            "locks": [{"table": one.table, "kind": one.kind, "rows": one.rows} for one in locks[each]],
        }
        for each in found.missing
    ]
    _say(found, missing)
    return {"missing": missing, "tolerated": list(found.tolerated), "newer": list(found.newer)}


def _say(found: "Pending", missing: list[dict[str, Any]]) -> None:
    from services.chassis.operations.migration_locks import WORDS

    for each in missing:
        kind = "añade · expands" if each["kind"] == "expand" else "la versión anterior ya no sirve · contracts"
        typer.echo(f"{each['schema']}/{each['name']}: {kind}", err=True)
        for one in each["locks"]:
            typer.echo(f"  {one['table']} ({one['rows']} filas · rows): {WORDS[one['kind']]}", err=True)
    for name in found.tolerated:
        typer.echo(f"{name}: de un programa más nuevo, no estorba · a newer program's, harmless", err=True)
    if not missing:
        typer.echo("Nada que hacer · Nothing to do.", err=True)


async def _migrated(settings: "Settings", *, database_only: bool) -> dict[str, Any]:
    from services.system import own_secrets, prepare_database, secrets_by_now, stale_read_models

    secrets = own_secrets(settings)
    applied = await refused_in_words(prepare_database(settings, secrets, partial(secrets_by_now, settings)))
    stale = await stale_read_models(settings)
    if not database_only:
        await _streams(settings, secrets)
    done = "Esquemas y roles al día" if database_only else "Esquemas, roles y flujos al día"
    in_english = "Schemas and roles are up to date" if database_only else "Schemas, roles and streams are up to date"
    typer.echo(f"{done} · {in_english}.", err=True)
    say_stale(stale)
    return {"applied": applied, "stale": stale}


async def _streams(settings: "Settings", secrets: Any) -> None:
    from nats.errors import Error as NatsError

    from services.system import make_streams

    try:
        await make_streams(settings, secrets)
    except (OSError, NatsError, TimeoutError) as error:
        from urllib.parse import urlsplit

        where = ", ".join(urlsplit(url).netloc.rpartition("@")[2] for url in settings.nats_urls)
        raise fail(
            UNREACHABLE,
            f"PostgreSQL está al día. NATS no responde, o no admite, en {where} ({type(error).__name__}); faltan los"
            " flujos. Sus usuarios: canaliza nats users > users.conf; arranque NATS con ellos y repita"
            " canaliza migrate.",
            f"PostgreSQL is up to date. NATS does not answer, or admit, at {where}; the streams are missing. Its users:"
            " canaliza nats users > users.conf; start NATS with them, and repeat canaliza migrate.",
        ) from None
