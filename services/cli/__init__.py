"""``canaliza …``: everything an operator, an auditor or a shelter's technician does from a terminal.

Spanish first. Exit codes: 0 done · 1 the answer is no, or a check failed · 2 the
command line is wrong · 3 the system cannot be reached · 4 the credential does not allow it.
"""

import sys
from typing import Annotated

import typer

from services.cli import (
    accounts,
    auditing_bundles,
    auditing_ledger,
    auditing_moments,
    backing_up,
    contacts,
    describing,
    directory,
    directory_exchange,
    doctoring,
    erasing,
    keys,
    leaving,
    loading,
    migrating,
    nats_users,
    operating,
    people,
    reading,
    reconciling,
    renewing,
    repairing,
    restoring,
    rules,
    running,
    upkeep,
    what_if,
)
from services.cli.helping import WholeSentences

app = typer.Typer(
    name="canaliza",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks print local variables
    rich_markup_mode=None,
    cls=WholeSentences,
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
backups = typer.Typer(help="Respaldos · Backups.", cls=WholeSentences)
contact = typer.Typer(help="Cómo se avisa al personal · How the staff is reached.", no_args_is_help=True)
directories = typer.Typer(help="El directorio · The directory: shelters, desks, hours.", no_args_is_help=True)
key = typer.Typer(
    help="Las llaves de época y las de los teléfonos · The epoch keys, and those of telephones.", no_args_is_help=True
)
parked = typer.Typer(help="Hechos en espera · Events that could not be processed.", no_args_is_help=True)
nats = typer.Typer(help="Quién se conecta a NATS · Who may connect to NATS.", no_args_is_help=True)
shelter = typer.Typer(help="Los albergues · Shelters: one leaves the programme.", no_args_is_help=True)
rule = typer.Typer(help="Las reglas de canalización · The routing rules.", no_args_is_help=True)
token = typer.Typer(help="Credenciales de acceso · Access tokens.", no_args_is_help=True)


def _group(words: str) -> typer.Typer:
    return typer.Typer(help=words, no_args_is_help=True, cls=WholeSentences)


account = _group("Cuentas de personas · People who sign in.")
audit = _group("Reconstruir y comprobar la historia · Replay and prove history.")
backups = typer.Typer(help="Respaldos · Backups.", cls=WholeSentences)
contact = _group("Cómo se avisa al personal · How the staff is reached.")
directories = _group("El directorio · The directory: shelters, desks, hours.")
key = _group("Las llaves de época y las de los teléfonos · The epoch keys, and those of telephones.")
nats = _group("Quién se conecta a NATS · Who may connect to NATS.")
parked = _group("Hechos en espera · Events that could not be processed.")
rule = _group("Las reglas de canalización · The routing rules.")
shelter = _group("Los albergues · Shelters: one leaves the programme.")
token = _group("Credenciales de acceso · Access tokens.")

app.command()(running.up)
app.command()(running.demo)
app.command()(running.serve)
app.command()(migrating.migrate)
app.command()(describing.openapi)
app.command()(upkeep.rebuild)
app.command()(renewing.renew)
app.command()(repairing.repair)
app.command()(restoring.restore)
app.command()(erasing.erase)
app.command()(erasing.retention)
app.command()(loading.load)
app.command()(reading.referrals)
app.command()(operating.health)
app.command()(doctoring.doctor)
key.command("keep")(running.keep_keys)
key.command("rotate")(keys.rotate)
key.command("recover")(keys.recover)
key.command("reception")(keys.reception)
parked.command("list")(operating.parked)
parked.command("retry")(operating.retry)
audit.command("export")(auditing_bundles.export)
audit.command("verify")(auditing_bundles.verify)
audit.command("replay")(auditing_bundles.replay)
audit.command("counts")(reconciling.counts)
audit.command("at")(auditing_moments.case_at)
audit.command("desk")(auditing_moments.desk_at)
audit.command("compare")(reconciling.compare)
audit.command("history")(reading.history)
audit.command("who-knew")(reading.who_knew)
audit.command("security")(reading.security)
audit.command("whatif")(what_if.what_if)
audit.command("checkpoints")(auditing_ledger.checkpoints)
audit.command("keys")(auditing_ledger.keys)
audit.command("witness")(auditing_ledger.witness)
audit.add_typer(auditing_ledger.proof, name="proof")
backups.callback(invoke_without_command=True)(backing_up.backup)
backups.command("drill")(backing_up.drill)
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
shelter.command("close")(leaving.close)
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
app.add_typer(backups, name="backup")
app.add_typer(contact, name="contacts")
app.add_typer(directories, name="directory")
app.add_typer(key, name="keys")
app.add_typer(nats, name="nats")
app.add_typer(parked, name="parked")
app.add_typer(rule, name="rules")
app.add_typer(shelter, name="shelter")
app.add_typer(token, name="token")


def main() -> None:
    """The console script."""
    try:
        app()
    except Exception as error:
        from services.cli.faults import exit_of

        said = exit_of(error)
        if said is None:
            raise
        sys.exit(said.exit_code)
