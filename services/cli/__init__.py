"""``canaliza …``: everything an operator, an auditor or a shelter's technician does from a terminal.

Spanish first. Exit codes: 0 done · 1 the answer is no, or a check failed · 2 the
command line is wrong · 3 the system cannot be reached · 4 the credential does not allow it.
"""

import sys
from typing import Annotated, Any

import typer

from services.cli import (
    accounts,
    contacts,
    directory,
    directory_exchange,
    erasing,
    keys,
    loading,
    nats_users,
    operating,
    people,
    reading,
    repairing,
    rules,
    running,
    upkeep,
)

app = typer.Typer(
    name="canaliza",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks print local variables
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - the option's value, as the library hands it over
    if wanted:
        from importlib.metadata import version

        typer.echo(f"canaliza {version('canaliza')}")
        raise typer.Exit


@app.callback()
def canaliza(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="La versión instalada · The installed version."
        ),
    ] = False,
) -> None:
    """Canalización de personas en riesgo en tránsito · Referral of people at risk in transit."""


account = typer.Typer(help="Cuentas de personas · People who sign in.", no_args_is_help=True)
audit = typer.Typer(help="Reconstruir y comprobar la historia · Replay and prove history.", no_args_is_help=True)
contact = typer.Typer(help="Cómo se avisa al personal · How the staff is reached.", no_args_is_help=True)
directories = typer.Typer(help="El directorio · The directory: shelters, desks, hours.", no_args_is_help=True)
key = typer.Typer(help="Las llaves de época · The epoch keys.", no_args_is_help=True)
parked = typer.Typer(help="Hechos en espera · Events that could not be processed.", no_args_is_help=True)
nats = typer.Typer(help="Quién se conecta a NATS · Who may connect to NATS.", no_args_is_help=True)
rule = typer.Typer(help="Las reglas de canalización · The routing rules.", no_args_is_help=True)
token = typer.Typer(help="Credenciales de acceso · Access tokens.", no_args_is_help=True)

app.command()(running.up)
app.command()(running.demo)
app.command()(running.serve)
app.command()(running.migrate)
app.command()(upkeep.rebuild)
app.command()(repairing.repair)
app.command()(erasing.erase)
app.command()(erasing.retention)
app.command()(loading.load)
app.command()(reading.referrals)
app.command()(operating.health)
key.command("rotate")(keys.rotate)
key.command("recover")(keys.recover)
parked.command("list")(operating.parked)
parked.command("retry")(operating.retry)
audit.command("history")(reading.history)
audit.command("security")(reading.security)
contact.command("import")(contacts.import_)
contact.command("list")(contacts.listed)
contact.command("disable")(contacts.disable)
contact.command("enable")(contacts.enable)
directories.command("check")(directory.check)
directories.command("export")(directory_exchange.export)
directories.command("import")(directory_exchange.import_)
directories.command("phones")(directory.phones)
nats.command("renew")(nats_users.renew)
nats.command("revoke")(nats_users.revoke)
nats.command("shelters")(nats_users.shelters)
nats.command("users")(nats_users.users)
rule.command("explain")(rules.explain)
token.command("create")(accounts.create)
token.command("list")(accounts.list_)
token.command("revoke")(accounts.revoke)
for name, command in (("create", people.create), ("disable", people.disable), ("enable", people.enable),
                      ("reset", people.reset), ("link", people.link), ("list", people.list_),
                      ("end-sessions", people.end_sessions)):  # fmt: skip
    account.command(name)(command)
app.add_typer(account, name="account")
app.add_typer(audit, name="audit")
app.add_typer(contact, name="contacts")
app.add_typer(directories, name="directory")
app.add_typer(key, name="keys")
app.add_typer(nats, name="nats")
app.add_typer(parked, name="parked")
app.add_typer(rule, name="rules")
app.add_typer(token, name="token")


def main() -> None:
    """The console script."""
    try:
        app()
    except ValueError as error:
        faults = faults_of_settings(error)
        if faults is None:
            raise
        es, en = "La configuración no sirve:", "The settings cannot be used:"
        typer.echo("\n".join((f"{es} · {en}", *(f"  {fault}" for fault in faults))), err=True)
        sys.exit(2)


def faults_of_settings(error: Any) -> list[str] | None:
    """What is wrong with the environment, a sentence each, without a value; ``None``: the error is about another thing.

    The library that raises it is not imported: it is loaded only by the commands that read the settings.
    """
    if getattr(error, "title", None) != "Settings":
        return None
    found = error.errors(include_input=False, include_url=False, include_context=False)
    names = [".".join(f"CANALIZA_{step}".upper() for step in fault["loc"][:1]) for fault in found]
    sentences = [fault["msg"].removeprefix("Value error, ") for fault in found]
    return [f"{name}: {text}" if name else text for name, text in zip(names, sentences, strict=True)]
