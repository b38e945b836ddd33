"""``canaliza repair``: lists what a restored log lacks, asks, and imports it; or makes the streams anew."""

import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.asking import agreed
from services.cli.client import NO, AsJson, fail
from services.cli.upkeep import Service, chosen, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.audit.security.queries import ClosedAgain
    from services.chassis.operations.repair import Repaired
    from services.chassis.operations.repair_plan import Plan
    from services.chassis.settings import Settings
    from services.intake.restorations.queries import LostCase
    from services.system import Installation


def repair(
    service: Service = None,
    yes: Annotated[bool, typer.Option("--yes", help="Sin preguntar · Do not ask.")] = False,
    unsealed: Annotated[
        bool, typer.Option("--unsealed", help="También lo que nadie selló · Also what nobody sealed.")
    ] = False,
    streams: Annotated[
        bool, typer.Option("--streams", help="Rehacer los flujos · Make the streams anew from the logs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tras restaurar una copia antigua: recupera del flujo lo que falta · Imports from the stream what is missing."""
    services = chosen(service)
    if streams:
        run(_remake(services))
    else:
        run(_Asking(yes=yes, unsealed=unsealed, as_json=as_json).repair(services))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """How a person, or a script with ``--yes``, agrees to what is imported."""

    yes: bool
    unsealed: bool
    as_json: bool

    async def repair(self, services: tuple[str, ...]) -> None:
        from services.chassis.settings import Settings
        from services.cli.lost_cases import settle
        from services.system import close_what_was_closed, installation
        from services.upkeep import repairing

        async with installation(Settings()) as everything, AsyncExitStack() as stack:
            repairs = {
                name: await stack.enter_async_context(repairing(everything.settings, everything.secrets, name))
                for name in services
            }
            plans = {name: await one.plan() for name, one in repairs.items()}
            self._list(plans)
            if any(plan.importable(unsealed=self.unsealed) for plan in plans.values()) and not self._agreed():
                raise fail(
                    NO,
                    "No se cambió nada. Sin terminal hace falta --yes.",
                    "Nothing was changed. Without a terminal --yes is needed.",
                )
            done = {name: await one.run(plans[name], unsealed=self.unsealed) for name, one in repairs.items()}
            restored = any(one.imported for one in done.values())
            closed = await close_what_was_closed(everything.settings, after_a_restore=restored)
            self._tell(done, plans, await settle(everything), closed)
        if any(len(plan.missing) > len(plan.importable(unsealed=self.unsealed)) for plan in plans.values()):
            raise fail(
                NO,
                "Quedan hechos que nadie selló: revíselos; --unsealed los recupera.",
                "Entries that nobody sealed are left: look at them; --unsealed imports them.",
            )

    def _list(self, plans: "dict[str, Plan]") -> None:
        for name, plan in plans.items():
            for one in plan.missing:
                entry = one.entry
                typer.echo(
                    f"{name} {entry.position} {entry.name} caso {entry.case or '-'} "
                    f"{entry.recorded_at.isoformat(timespec='seconds')} {VOUCHED[one.provenance]}",
                    err=True,
                )
            if plan.foreign:
                typer.echo(
                    f"{name}: {plan.foreign} mensajes ajenos en el flujo, no se recuperan · "
                    "foreign messages, not imported (canaliza repair --streams)",
                    err=True,
                )

    def _agreed(self) -> bool:
        if self.yes:
            return True
        return agreed("¿Recuperar estos hechos? · Import these entries?")

    def _tell(
        self,
        found: "dict[str, Repaired]",
        plans: "dict[str, Plan]",
        lost: "Sequence[LostCase]",
        closed: "ClosedAgain",
    ) -> None:
        if self.as_json:
            told = {name: {**dataclasses.asdict(one), "foreign": plans[name].foreign} for name, one in found.items()}
            if "audit" in told:  # whose log says what was closed
                told["audit"]["closed_again"] = dataclasses.asdict(closed)
            typer.echo(json.dumps(told, indent=2, default=str))
            return
        for case in lost:
            typer.echo(f"  {case.shelter}  {case.receipt}  {case.case}")
        for name, one in found.items():
            typer.echo(f"{name}: {one.imported} recuperados · imported, {one.completed} completados · completed")
        for token in closed.tokens:
            typer.echo(f"credencial anulada otra vez · token revoked again: {token}")
        for person in closed.accounts:
            typer.echo(f"cuenta cerrada otra vez · account closed again: {person}")
        for passkey in closed.passkeys:
            typer.echo(f"llave de acceso quitada otra vez · passkey removed again: {passkey}")
        if closed.sessions:
            typer.echo(f"{closed.sessions} sesiones terminadas · sessions ended")
        for person in closed.credentials:
            typer.echo(f"contraseña y factor quitados, necesita otro código · needs a new one-time code: {person}")


VOUCHED = {
    "sealed": "sellado · sealed",
    "unsealed": "SIN SELLO: de una versión anterior, o de cualquiera · NOT SEALED: an earlier version's, or anybody's",
}
"""How a listed entry is vouched for, in words."""


async def _remake(services: tuple[str, ...]) -> None:
    from services.upkeep import remake_stream

    async with running_or_started() as everything:
        for name in services:
            plan = await remake_stream(everything.settings, everything.secrets, name)
            if plan.missing:
                raise fail(
                    NO,
                    f"{name}: el flujo tiene hechos que faltan en el registro: primero canaliza repair.",
                    "The stream has entries that the log lacks: canaliza repair first.",
                )
            typer.echo(f"{name}: flujo rehecho, se llena del registro · made anew, it is filled from the log")


@asynccontextmanager
async def running_or_started() -> "AsyncIterator[Installation]":
    """The servers as they are running, of the settings or of this machine; its own are started if they are down."""
    from services.chassis.settings import Settings
    from services.system import Installation, installation, own_secrets

    settings = Settings()
    if settings.postgres_dsn is None or settings.nats_url is None:
        running = await _of_this_machine(settings)
        if running is None:
            async with installation(settings) as everything:
                yield everything
            return
        settings = running
    yield Installation(settings, own_secrets(settings), first_start=False)


async def _of_this_machine(settings: "Settings") -> "Settings | None":
    """The settings with the addresses of the embedded servers, if they are running."""
    import asyncpg
    from pydantic import SecretStr

    from services.cli.accounts import administrator_dsn
    from services.local.nats_port import url_in

    dsn = administrator_dsn(settings)
    try:
        await (await asyncpg.connect(dsn)).close()
    except (OSError, asyncpg.PostgresError):
        return None
    found: dict[str, Any] = {"postgres_dsn": SecretStr(dsn), "nats_url": settings.nats_url or url_in(settings.data)}
    return settings.model_copy(update=found)
