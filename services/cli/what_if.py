"""``canaliza audit whatif``: a period decided again by other rules or deadlines, on the machine that has the keys."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from services.chassis.locales import ENGLISH, SPANISH, catalogue
from services.cli.client import NO, AsJson, InEnglish, fail

if TYPE_CHECKING:
    from services.referral.what_if.commands import Question
    from services.referral.what_if.schemas import ReplayResult


def what_if(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="Desde este día · From this day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Hasta este día · To this day.")],
    rules: Annotated[Path | None, typer.Option("--rules", help="Otras reglas · Other rules (rules.yaml).")] = None,
    deadlines: Annotated[
        Path | None, typer.Option("--deadlines", help="Otros plazos · Other deadlines (deadlines.yaml).")
    ] = None,
    svg: Annotated[Path | None, typer.Option("--svg", help="Guarda la gráfica aquí · Writes the chart here.")] = None,
    as_json: AsJson = False,
    english: InEnglish = False,
) -> None:
    """Qué habría pasado con otras reglas o plazos; queda registrado · What other rules would have led to."""
    from services.cli.upkeep import run
    from services.referral.what_if.commands import Question
    from services.referral.what_if.words import report

    question = Question(
        first_day=first.date(),
        last_day=last.date(),
        rules=_read(rules),
        deadlines=_read(deadlines),
        names_cases=True,
    )
    result = run(_replayed(question))
    say = catalogue("services.referral.what_if")(ENGLISH if english else SPANISH)
    if svg is not None:
        from services.referral.what_if.chart import load_chart

        svg.write_text(load_chart(result.load, say), encoding="utf-8")
    typer.echo(
        json.dumps(result.model_dump(mode="json"), ensure_ascii=False, indent=2)
        if as_json
        else "\n".join(report(result, say))
    )


def _read(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError:
        raise fail(2, f"No se puede leer {path}.", "It cannot be read.") from None


async def _replayed(question: "Question") -> "ReplayResult":
    import os

    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from events.vocabulary import Role
    from services.chassis.authorization.policy import EVERYWHERE, Principal
    from services.chassis.clock import system_clock
    from services.chassis.errors import ServiceError
    from services.chassis.eventlog.log import Log
    from services.chassis.runtime.bootstrap import ServiceContext
    from services.cli.repairing import running_or_started
    from services.directory.desks import duty_desks
    from services.referral.routing.policy import load_rules
    from services.referral.what_if.commands import OtherPolicyFaultsError, WhatIf
    from services.referral.what_if.processes import ReplayFailedError

    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    async with running_or_started() as everything:
        secrets = everything.secrets.of("referral")
        context = ServiceContext.of(everything.settings, "referral", secrets=secrets)
        log = Log(context.database)
        log.start()
        what_if = WhatIf(
            context=context,
            log=log,
            clock=system_clock,
            desks=duty_desks(),
            restricted=load_rules().policy.restricted,
            processes=os.cpu_count() or 1,
        )
        try:
            begun = await what_if.begin(uuid4(), question, Principal(Role.OPERATOR, EVERYWHERE, "cli"))
            with Progress(*columns, console=Console(stderr=True, highlight=False)) as progress:
                bar = progress.add_task("casos · cases", total=len(begun.cases))

                async def show(done: int) -> None:
                    progress.update(bar, completed=done)

                return await what_if.run(begun, on_progress=show)
        except OtherPolicyFaultsError as refused:
            for fault in refused.lines:
                typer.echo(f"  {fault}", err=True)
            raise fail(2, refused.title(), refused.title("en")) from None
        except ServiceError as refused:
            raise fail(NO, refused.title(), refused.title("en")) from None
        except ReplayFailedError:
            raise fail(
                NO, "No llegó a su fin: vuelva a intentarlo.", "It did not come to its end: try again."
            ) from None
        finally:
            await log.stop()
            await context.database.close()
